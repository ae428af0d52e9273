// The worker: decodes, upscales and encodes one picture after the other.

import {upscale} from "./channels";
import {decode} from "./decode";
import {
  Cancelled,
  type FromWorker,
  Plain,
  type Prepare,
  type Start,
  type ToWorker,
  type Upscale,
} from "./messages";
import {Model} from "./model";
import {Onnx} from "./onnx";
import {Planes} from "./planes";
import {encodePng, quickPng} from "./png";
import {run} from "./run";

let onnx: Promise<Onnx>;
const models = new Map<string, Model>();
const cancelled = new Set<number>();
let queue: Promise<void> = Promise.resolve();

function post(message: FromWorker): void {
  self.postMessage(message);
}

self.onmessage = ({data}: MessageEvent<ToWorker>): void => {
  if (data.type === "start") start(data);
  else if (data.type === "cancel") cancelled.add(data.id);
  else queue = queue.then(() => (data.type === "prepare" ? prepare(data) : work(data)));
};

function start(message: Start): void {
  onnx = Onnx.load(message);
  onnx.then(
    (loaded) => post({type: "ready", engine: loaded.name}),
    (error) => post({type: "unusable", reason: String(error)}),
  );
}

/** Compiles what a picture will run; what fails will fail there too. */
async function prepare({file, content}: Prepare): Promise<void> {
  try {
    const model = await loaded(file, content);
    await check(model);
  } catch (error) {
    console.debug(error);
  }
  post({type: "prepared"});
}

async function work({id, picture, name, file, content, budget}: Upscale): Promise<void> {
  const begin = performance.now();
  try {
    const model = await loaded(file, content);
    const source = await decode(picture, name, (width, height) => {
      const most = budget / model.bytesPerPixel;
      if (width * height > most) {
        throw new Plain(
          `${name} is ${width}x${height}: this tab has memory for about ` +
            `${(most / 1e6).toFixed(1)} megapixels with this model.`,
        );
      }
    });
    const {pixels, blended} = await upscale(model, source, async (done) => {
      post({type: "progress", id, done});
      await messages();
      if (cancelled.has(id)) throw new Cancelled();
    });
    const notes = [...source.notes];
    if (blended) {
      notes.push("Computed in tiles that were blended: it differs slightly from the whole picture's result.");
    }
    const view = await quickPng(pixels);
    let png = view ? undefined : await encodePng(pixels);
    post({
      type: "result",
      id,
      view: view ?? (png as Blob),
      width: pixels.width,
      height: pixels.height,
      opaque: pixels.channels % 2 === 1,
      seconds: (performance.now() - begin) / 1000,
      notes,
    });
    png ??= await encodePng(pixels);
    post({type: "written", id, png});
  } catch (error) {
    if (error instanceof Cancelled) return;
    const broken = !(error instanceof Plain);
    post({type: "failure", id, reason: reasonOf(error, name), broken});
  }
}

const {port1, port2} = new MessageChannel();

/** Lets messages come in. A timer would wait some milliseconds each time. */
function messages(): Promise<void> {
  return new Promise((resolve) => {
    port1.onmessage = () => resolve();
    port2.postMessage(null);
  });
}

/** The model, once its check tile came out right on a GPU. */
async function loaded(file: string, content?: ArrayBuffer): Promise<Model> {
  let model = models.get(file);
  if (!model) {
    if (!content) throw new Error("the model's file is missing");
    const runtime = await onnx;
    model = new Model(runtime, content);
    if (runtime.gpu) await check(model);
    models.set(file, model);
  }
  return model;
}

async function check(model: Model): Promise<void> {
  const {height, width} = model.header.check;
  const input = model.bytes("check_input");
  const expected = model.bytes("check_output");
  const image = new Planes(3, height, width);
  const count = height * width;
  for (let k = 0; k < 3 * count; k++) image.data[(k % 3) * count + Math.floor(k / 3)] = input[k] / 255;
  const scale = model.header.scale;
  let worst = 0;
  await run(
    model,
    image,
    (values, part, top, left) => {
      for (let c = 0; c < 3; c++) {
        for (let y = 0; y < part.height; y++) {
          for (let x = 0; x < part.width; x++) {
            const value = values.data[(c * values.height + part.y + y) * values.width + part.x + x];
            const place = 3 * ((top + y) * scale * width + left + x) + c;
            const difference = Math.abs(Math.min(Math.max(255 * value, 0), 255) - expected[place]);
            // What is no number is wrong too.
            worst = difference <= worst ? worst : Number.isNaN(difference) ? Infinity : difference;
          }
        }
      }
    },
    async () => {},
  );
  if (worst > 1) throw new Error(`WebGPU computes something else, ${worst} levels off`);
}

function reasonOf(error: unknown, name: string): string {
  if (error instanceof Plain) return error.message;
  if (error instanceof RangeError || /bad_alloc|memory|allocat/i.test(String(error))) {
    return `Memory did not suffice for ${name}: close other tabs, or take a smaller picture.`;
  }
  return `${name} could not be upscaled: ${String(error)}`;
}
