// What the page and its worker tell each other.

/** A model of the site, as models.json lists it. */
export interface ModelEntry {
  name: string;
  /** One line about it. */
  line: string;
  scale: number;
  file: string;
  /** Whether it is graphs, which ONNX Runtime computes; else the page itself does. */
  runtime: boolean;
  /** The same model as a GPU computes it best, where that is another file. */
  gpu?: string;
  bytes: number;
}

/** What the worker needs before it can run anything. */
export interface Start {
  type: "start";
  /** At most so many threads. */
  threads: number;
  /** With WebGPU. */
  gpu?: Runtime;
}

/** ONNX Runtime, its script as bytes where a page holds it itself. */
export interface Runtime {
  script: string | Blob;
  wasm: ArrayBuffer;
}

/** What graphs need, without WebGPU. */
export interface Load {
  type: "load";
  runtime: Runtime;
}

/** Have a model ready, ahead of the first picture. */
export interface Prepare {
  type: "prepare";
  /** The name of the model's file, and its content. */
  file: string;
  content: ArrayBuffer;
}

export interface Upscale {
  type: "upscale";
  id: number;
  picture: Blob;
  name: string;
  /** The name of the model's file. */
  file: string;
  /** Its content, the first time that it is used. */
  content?: ArrayBuffer;
  /** Bytes that may be taken for one picture. */
  budget: number;
}

export interface Cancel {
  type: "cancel";
  id: number;
}

export type ToWorker = Start | Load | Prepare | Upscale | Cancel;

export interface Ready {
  type: "ready";
  engine: string;
}

/** The runtime does not start; with WebGPU the page tries again without. */
export interface Unusable {
  type: "unusable";
  reason: string;
}

export interface Prepared {
  type: "prepared";
}

export interface Progress {
  type: "progress";
  id: number;
  done: number;
}

export interface Result {
  type: "result";
  id: number;
  /** To look at until the file is written. */
  view: Blob;
  width: number;
  height: number;
  seconds: number;
  notes: string[];
}

/** A result's file, which is written after the result is shown. */
export interface Written {
  type: "written";
  id: number;
  png: Blob;
}

export interface Failure {
  type: "failure";
  id: number;
  reason: string;
  /** The runtime itself failed: another one may do better. */
  broken: boolean;
}

export type FromWorker = Ready | Unusable | Prepared | Progress | Result | Written | Failure;

/** An error whose message a user reads as it is. */
export class Plain extends Error {}

export class Cancelled extends Error {}
