// The worker: decodes, upscales and encodes one picture after the other.

import {bmp} from "./bmp";
import {type Pixels, type Upscaler, upscale} from "./channels";
import {Crew, help, isHelper} from "./crew";
import {decode} from "./decode";
import {Encoder, encode, isEncoder} from "./encoder";
import {Generator} from "./generator";
import {
  Cancelled,
  type FromWorker,
  Plain,
  type Prepare,
  type Start,
  type ToWorker,
  type Upscale,
} from "./messages";
import {Model, ModelFile} from "./model";
import {Onnx} from "./onnx";
import {Planes} from "./planes";
import {encodePng, quickPng} from "./png";
import {Graphs} from "./run";

// Bytes of memory that stay for the next picture.
const MOST_KEPT = 2 ** 28;

// Pixels of a result that is shown before its file is written; some browsers have no larger canvas.
const LARGEST_VIEW = 4096 * 4096;

let crew: Crew;
let threads = 1;
let onnx: Promise<Onnx>;
const files = new Map<string, ModelFile>();
const models = new Map<string, Upscaler>();
const cancelled = new Set<number>();
const encoder = new Encoder();
let queue: Promise<void> = Promise.resolve();

function post(message: FromWorker): void {
  self.postMessage(message);
}

if (isHelper) help();
else if (isEncoder) encode();
else {
  self.onmessage = ({data}: MessageEvent<ToWorker>): void => {
    if (data.type === "cancel") cancelled.add(data.id);
    else if (data.type === "start") void start(data);
    else if (data.type === "load") onnx = Onnx.load(data.runtime, false, threads);
    else queue = queue.then(() => (data.type === "prepare" ? prepare(data) : work(data)));
  };
}

async function start({threads: most, gpu}: Start): Promise<void> {
  threads = Math.min(navigator.hardwareConcurrency, most);
  try {
    if (gpu) {
      onnx = Onnx.load(gpu, true, threads);
      await onnx;
      return post({type: "ready", engine: "WebGPU"});
    }
    crew = await Crew.gather(threads);
    const count = crew.threads;
    post({type: "ready", engine: `WebAssembly, ${count} thread${count === 1 ? "" : "s"}`});
  } catch (error) {
    post({type: "unusable", reason: String(error)});
  }
}

/** Another crew, with models that are placed in its memory when they are needed. */
async function renew(): Promise<void> {
  crew.leave();
  crew = await Crew.gather(threads);
  models.clear();
}

/** Compiles what a picture will run; what fails will fail there too. */
async function prepare({file, content}: Prepare): Promise<void> {
  try {
    await loaded(file, content, true);
  } catch (error) {
    console.debug(error);
  }
  post({type: "prepared"});
}

/** A picture's result. The memory that it was computed in is not needed any more. */
async function computed({id, picture, name, file, content, budget}: Upscale): Promise<{pixels: Pixels; notes: string[]}> {
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
  return {pixels, notes};
}

async function work(message: Upscale): Promise<void> {
  const {id, name} = message;
  const begin = performance.now();
  try {
    const {pixels, notes} = await computed(message);
    if (crew?.size > MOST_KEPT) await renew();
    const {width, height} = pixels;
    const view = await quickView(pixels);
    const png = view ? undefined : await encodePng(pixels);
    post({
      type: "result",
      id,
      view: view ?? (png as Blob),
      width,
      height,
      seconds: (performance.now() - begin) / 1000,
      notes,
    });
    if (png) return post({type: "written", id, png});
    // No more than one result waits for its file while the next is computed.
    await encoder.idle();
    encoder.write(pixels).then(
      (file) => post({type: "written", id, png: file}),
      (error) => post({type: "failure", id, reason: reasonOf(error, name), broken: false}),
    );
  } catch (error) {
    if (error instanceof Cancelled) return;
    const broken = !(error instanceof Plain);
    post({type: "failure", id, reason: reasonOf(error, name), broken});
  }
}

/** A picture to look at before its file is written; a large one would take too much memory besides. */
function quickView(pixels: Pixels): Promise<Blob | undefined> | Blob | undefined {
  if (pixels.width * pixels.height > LARGEST_VIEW) return undefined;
  return pixels.channels % 2 === 1 ? bmp(pixels) : quickPng(pixels);
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
async function loaded(name: string, content?: ArrayBuffer, prepared = false): Promise<Upscaler> {
  let model = models.get(name);
  if (!model) {
    const file = content ? new ModelFile(content) : files.get(name);
    if (!file) throw new Error("the model's file is missing");
    files.set(name, file);
    const {generator} = file.header;
    const runtime = generator ? undefined : await onnx;
    model = runtime ? new Graphs(new Model(runtime, file)) : new Generator(crew, file, generator!);
    if (runtime?.gpu) await check(model, file);
    models.set(name, model);
    if (prepared) await check(model, file);
  }
  return model;
}

/** Run the tile that every model brings. */
async function check(model: Upscaler, file: ModelFile): Promise<void> {
  const {height, width} = file.header.check;
  const input = file.bytes("check_input");
  const expected = file.bytes("check_output");
  const image = new Planes(3, height, width);
  const count = height * width;
  for (let k = 0; k < 3 * count; k++) image.data[(k % 3) * count + Math.floor(k / 3)] = input[k] / 255;
  const {samples} = await model.run(image, false, async () => {});
  const worst = samples.reduce((most, value, k) => Math.max(most, Math.abs(value - expected[k])), 0);
  if (worst > 1) throw new Error(`The check picture came out ${worst} levels off`);
}

function reasonOf(error: unknown, name: string): string {
  if (error instanceof Plain) return error.message;
  if (error instanceof RangeError || /bad_alloc|memory|allocat/i.test(String(error))) {
    return `Memory did not suffice for ${name}: close other tabs, or take a smaller picture.`;
  }
  return `${name} could not be upscaled: ${String(error)}`;
}
