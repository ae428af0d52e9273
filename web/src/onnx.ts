// ONNX Runtime Web: the little of it that is used, and how it is loaded.

import type * as messages from "./messages";
import {Planes} from "./planes";

interface Tensor {
  data: unknown;
  dims: readonly number[];
  dispose?(): void;
}

interface Session {
  inputNames: readonly string[];
  outputNames: readonly string[];
  run(feeds: Record<string, Tensor>, fetches?: readonly string[]): Promise<Record<string, Tensor>>;
}

interface Runtime {
  env: {
    logLevel: string;
    wasm: {numThreads: number; wasmBinary: ArrayBuffer};
  };
  Tensor: new (type: "float32", data: Float32Array, dims: readonly number[]) => Tensor;
  InferenceSession: {create(model: Uint8Array, options: object): Promise<Session>};
}

/** A runtime with one execution provider. */
export class Onnx {
  private constructor(
    private readonly runtime: Runtime,
    readonly gpu: boolean,
  ) {}

  /** `threads`: at most so many. */
  static async load({script, wasm}: messages.Runtime, gpu: boolean, most: number): Promise<Onnx> {
    const url = typeof script === "string" ? script : URL.createObjectURL(script);
    const runtime = (await import(url)) as Runtime;
    runtime.env.logLevel = "error";
    runtime.env.wasm.numThreads = self.crossOriginIsolated ? most : 1;
    runtime.env.wasm.wasmBinary = wasm;
    return new Onnx(runtime, gpu);
  }

  async session(model: Uint8Array): Promise<Graph> {
    const session = await this.runtime.InferenceSession.create(model, {
      executionProviders: [this.gpu ? "webgpu" : "wasm"],
      graphOptimizationLevel: "all",
      logSeverityLevel: 3,
    });
    return new Graph(this.runtime, session);
  }
}

/** One ONNX graph. */
export class Graph {
  constructor(
    private readonly runtime: Runtime,
    private readonly session: Session,
  ) {}

  /** Features in and out: `[1, channels, height, width]`, inputs in the graph's order. */
  async run(inputs: Planes[]): Promise<Record<string, Planes>> {
    const feeds = Object.fromEntries(
      this.session.inputNames.map((name, k) => {
        const {data, channels, height, width} = inputs[k];
        return [name, new this.runtime.Tensor("float32", data, [1, channels, height, width])];
      }),
    );
    const outputs = await this.session.run(feeds);
    return Object.fromEntries(
      Object.entries(outputs).map(([name, {data, dims}]) => [
        name,
        new Planes(dims[1], dims[2], dims[3], data as Float32Array),
      ]),
    );
  }

  /** The output `image` of a graph of pixels, `[1, height, width, 3]`, as planes. */
  async runPixels(image: Planes): Promise<Planes> {
    const {height, width} = image;
    const pixels = new Float32Array(height * width * 3);
    for (let c = 0, from = 0; c < 3; c++) {
      for (let k = 0; k < height * width; k++, from++) pixels[3 * k + c] = image.data[from];
    }
    const tensor = new this.runtime.Tensor("float32", pixels, [1, height, width, 3]);
    const outputs = await this.session.run({[this.session.inputNames[0]]: tensor}, ["image"]);
    const {data, dims} = outputs.image;
    const result = new Planes(3, dims[1], dims[2]);
    const count = dims[1] * dims[2];
    for (let c = 0, to = 0; c < 3; c++) {
      for (let k = 0; k < count; k++, to++) result.data[to] = (data as Float32Array)[3 * k + c];
    }
    return result;
  }
}
