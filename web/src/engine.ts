// The worker as the page sees it: started when needed, restarted without a GPU where that fails.

import {asset, script, single} from "./assets";
import type {FromWorker, ModelEntry, Result, ToWorker} from "./messages";

export interface Job {
  id: number;
  picture: Blob;
  name: string;
  /** Which one it takes; asked when its turn comes. */
  model(): Promise<ModelEntry>;
  progress(done: number): void;
  finish(result: Result): void;
  fail(reason: string): void;
}

const GIB = 2 ** 30;
// More threads than this wait for each other most of the time.
const MOST_THREADS = 8;
// Milliseconds for a GPU's first tiles, shaders compiled: WebAssembly takes less.
const GPU_PATIENCE = 20_000;

/** What the page's address asks for: `?engine=wasm`, `?threads=1`. */
function asked(what: string): string | null {
  return new URLSearchParams(location.search).get(what);
}

/** What one picture may take of the tab's memory. Browsers tell little about it. */
function budget(): number {
  const memory = (navigator as {deviceMemory?: number}).deviceMemory;
  if (memory) return Math.min(memory * 0.25, 2) * GIB;
  return /Mobi|Android|iPhone|iPad/.test(navigator.userAgent) ? 0.5 * GIB : 1.5 * GIB;
}

export class Engine {
  private worker?: Worker;
  private starting?: Promise<void>;
  /** Models that the worker has. */
  private readonly sent = new Set<string>();
  private readonly queue: Job[] = [];
  private current?: Job;
  private gpu: boolean | undefined;
  /** Runs while a GPU computes the first tiles of a model. */
  private watch?: number;

  /** `state` is told what goes on, for the user. */
  constructor(private readonly state: (text: string) => void) {}

  /** Load the runtime, ahead of the first picture if need be. */
  warm(): Promise<void> {
    this.starting ??= this.start();
    return this.starting;
  }

  add(job: Job): void {
    this.queue.push(job);
    void this.next();
  }

  cancel(id: number): void {
    const place = this.queue.findIndex((job) => job.id === id);
    if (place >= 0) this.queue.splice(place, 1);
    else if (this.current?.id === id) {
      this.post({type: "cancel", id});
      this.finished();
    }
  }

  private async next(): Promise<void> {
    const job = this.current ? undefined : this.queue.shift();
    if (!job) return;
    this.current = job;
    try {
      await this.warm();
      const {id, picture, name} = job;
      const model = await job.model();
      const content = this.sent.has(model.file) ? undefined : await asset(model.file);
      // It may have been cancelled meanwhile.
      if (this.current !== job) return;
      this.sent.add(model.file);
      this.post({type: "upscale", id, picture, name, model, content, budget: budget()});
      if (content && this.gpu) {
        this.watch = setTimeout(() => this.failed("WebGPU does not answer", true), GPU_PATIENCE);
      }
    } catch (error) {
      if (this.current !== job) return;
      this.drop();
      job.fail(error instanceof Error ? error.message : String(error));
      this.finished();
    }
  }

  private finished(): void {
    clearTimeout(this.watch);
    this.current = undefined;
    void this.next();
  }

  private post(message: ToWorker): void {
    this.worker?.postMessage(message);
  }

  private async start(): Promise<void> {
    this.gpu ??= await hasGpu();
    const [js, wasm] = this.gpu
      ? ["ort.jspi.bundle.min.mjs", "ort-wasm-simd-threaded.jspi.wasm"]
      : ["ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.wasm"];
    this.state("loading the runtime …");
    const binary = await asset(`runtime/${wasm}`, (part) =>
      this.state(`loading the runtime … ${Math.round(100 * part)} %`),
    );
    const code = await script(`runtime/${js}`);
    const source = await script("worker.js");
    const url = typeof source === "string" ? source : URL.createObjectURL(source);
    const worker = new Worker(url);
    this.worker = worker;
    this.sent.clear();
    try {
      await new Promise<void>((resolve, reject) => {
        worker.onerror = (event) => {
          event.preventDefault();
          reject(new Error(event.message || "the worker did not start"));
        };
        worker.onmessage = ({data}: MessageEvent<FromWorker>) => {
          if (data.type === "ready") {
            this.state(data.engine);
            resolve();
          } else if (data.type === "unusable") {
            reject(new Error(`the runtime does not start: ${data.reason}`));
          }
        };
        const threads = Number(asked("threads")) || MOST_THREADS;
        const gpu = this.gpu === true;
        this.post({type: "start", gpu, threads, script: code, wasm: binary});
      });
    } catch (error) {
      worker.terminate();
      if (!this.gpu) throw error;
      this.gpu = false;
      return this.start();
    }
    worker.onmessage = ({data}: MessageEvent<FromWorker>) => this.receive(worker, data);
    worker.onerror = (event) => {
      event.preventDefault();
      const reason = `The runtime stopped: ${event.message || "unknown error"}`;
      if (worker === this.worker) this.failed(reason, true);
    };
  }

  private receive(worker: Worker, data: FromWorker): void {
    const job = this.current;
    if (worker !== this.worker || !job || !("id" in data) || data.id !== job.id) return;
    clearTimeout(this.watch);
    if (data.type === "progress") job.progress(data.done);
    else if (data.type === "failure") this.failed(data.reason, data.broken);
    else {
      job.finish(data);
      this.finished();
    }
  }

  private failed(reason: string, broken: boolean): void {
    const job = this.current;
    if (broken) this.drop();
    if (!job) return;
    if (broken && this.gpu) {
      // WebGPU failed: the same once more without.
      this.gpu = false;
      this.queue.unshift(job);
    } else job.fail(reason);
    this.finished();
  }

  /** The next picture gets a new worker. */
  private drop(): void {
    clearTimeout(this.watch);
    this.worker?.terminate();
    this.worker = undefined;
    this.starting = undefined;
  }
}

/** Whether to try WebGPU: a real adapter, and a browser that can wait for it within WebAssembly. */
async function hasGpu(): Promise<boolean> {
  const wanted = asked("engine");
  if (single || wanted === "wasm" || !("Suspending" in WebAssembly)) return false;
  interface Adapter {
    isFallbackAdapter?: boolean;
    info?: {isFallbackAdapter?: boolean};
  }
  const gpu = (navigator as {gpu?: {requestAdapter(): Promise<Adapter | null>}}).gpu;
  try {
    const adapter = await gpu?.requestAdapter();
    if (!adapter) return false;
    // A software adapter is slower than WebAssembly.
    const software = adapter.isFallbackAdapter || adapter.info?.isFallbackAdapter;
    return wanted === "webgpu" || !software;
  } catch {
    return false;
  }
}
