// What the page and its worker tell each other.

/** A model of the site, as models.json lists it. */
export interface ModelEntry {
  name: string;
  /** One line about it. */
  line: string;
  scale: number;
  file: string;
  bytes: number;
}

/** What the worker needs before it can run anything; bytes where a page holds them itself. */
export interface Start {
  type: "start";
  gpu: boolean;
  /** At most so many threads. */
  threads: number;
  script: string | Blob;
  wasm: ArrayBuffer;
}

export interface Upscale {
  type: "upscale";
  id: number;
  picture: Blob;
  name: string;
  model: ModelEntry;
  /** The model's file, the first time that it is used. */
  content?: ArrayBuffer;
  /** Bytes that may be taken for one picture. */
  budget: number;
}

export interface Cancel {
  type: "cancel";
  id: number;
}

export type ToWorker = Start | Upscale | Cancel;

export interface Ready {
  type: "ready";
  engine: string;
}

/** The runtime does not start; with WebGPU the page tries again without. */
export interface Unusable {
  type: "unusable";
  reason: string;
}

export interface Progress {
  type: "progress";
  id: number;
  done: number;
}

export interface Result {
  type: "result";
  id: number;
  png: Blob;
  width: number;
  height: number;
  opaque: boolean;
  seconds: number;
  notes: string[];
}

export interface Failure {
  type: "failure";
  id: number;
  reason: string;
  /** The runtime itself failed: another one may do better. */
  broken: boolean;
}

export type FromWorker = Ready | Unusable | Progress | Result | Failure;

/** An error whose message a user reads as it is. */
export class Plain extends Error {}

export class Cancelled extends Error {}
