// The worker as the page sees it: started when needed, restarted without a GPU where that fails.

import {asset, script, single} from "./assets";
import type {FromWorker, ModelEntry, Result, Runtime, ToWorker} from "./messages";

export interface Job {
  id: number;
  picture: Blob;
  name: string;
  /** Which one it takes; asked when its turn comes. */
  model(): Promise<ModelEntry>;
  progress(done: number): void;
  /** `png` is there once it is written. */
  finish(result: Result, png: Promise<Blob>): void;
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
  /** What the worker said that it computes by. */
  private name = "";
  private loading?: Promise<void>;
  private readonly queue: Job[] = [];
  private current?: Job;
  private gpu: boolean | undefined;
  /** Runs while a GPU computes the first tiles of a model. */
  private watch?: number;
  /** Those who wait for a result's file, by its picture. */
  private readonly writing = new Map<number, {resolve(png: Blob): void; reject(reason: Error): void}>();
  private prepared?: () => void;

  /** `state` is told what goes on, for the user. */
  constructor(private readonly state: (text: string) => void) {}

  /** Load the runtime, ahead of the first picture if need be. */
  warm(): Promise<void> {
    this.starting ??= this.start();
    return this.starting;
  }

  /** Have models ready, as long as no picture waits. */
  async prepare(models: ModelEntry[]): Promise<void> {
    await this.warm();
    // What a GPU compiles beforehand is not what a picture needs.
    for (const model of this.gpu ? [] : models) {
      const {file, content} = await this.load(model);
      if (!content || this.current) return;
      this.sent.add(file);
      this.post({type: "prepare", file, content});
      await new Promise<void>((resolve) => (this.prepared = resolve));
    }
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
      const {file, content} = await this.load(await job.model());
      // It may have been cancelled meanwhile.
      if (this.current !== job) return;
      this.sent.add(file);
      this.post({type: "upscale", id, picture, name, file, content, budget: budget()});
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

  /** A model's file, with its content unless the worker has it. */
  private async load({file, gpu, runtime}: ModelEntry): Promise<{file: string; content?: ArrayBuffer}> {
    const name = (this.gpu && gpu) || file;
    if (runtime && !this.gpu) await (this.loading ??= this.loadRuntime());
    return {file: name, content: this.sent.has(name) ? undefined : await asset(name)};
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
    const gpu = this.gpu
      ? await this.runtime("ort.jspi.bundle.min.mjs", "ort-wasm-simd-threaded.jspi.wasm")
      : undefined;
    const source = await script("worker.js");
    const url = typeof source === "string" ? source : URL.createObjectURL(source);
    const worker = new Worker(url);
    this.worker = worker;
    this.sent.clear();
    this.loading = undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        worker.onerror = (event) => {
          event.preventDefault();
          reject(new Error(event.message || "the worker did not start"));
        };
        worker.onmessage = ({data}: MessageEvent<FromWorker>) => {
          if (data.type === "ready") {
            this.name = data.engine;
            this.state(this.name);
            resolve();
          } else if (data.type === "unusable") {
            reject(new Error(`the runtime does not start: ${data.reason}`));
          }
        };
        const threads = Number(asked("threads")) || MOST_THREADS;
        this.post({type: "start", threads, gpu});
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

  private async runtime(js: string, wasm: string): Promise<Runtime> {
    this.state("loading the runtime …");
    const binary = await asset(`runtime/${wasm}`, (part) =>
      this.state(`loading the runtime … ${Math.round(100 * part)} %`),
    );
    return {script: await script(`runtime/${js}`), wasm: binary};
  }

  /** Give the worker what graphs need. */
  private async loadRuntime(): Promise<void> {
    const runtime = await this.runtime("ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.wasm");
    this.post({type: "load", runtime});
    this.state(this.name);
  }

  private receive(worker: Worker, data: FromWorker): void {
    const job = this.current;
    if (worker !== this.worker) return;
    if (data.type === "prepared") this.prepared?.();
    else if (data.type === "written") {
      this.writing.get(data.id)?.resolve(data.png);
      this.writing.delete(data.id);
    } else if (data.type === "failure") this.writing.get(data.id)?.reject(new Error(data.reason));
    if (!job || !("id" in data) || data.id !== job.id || data.type === "written") return;
    clearTimeout(this.watch);
    if (data.type === "progress") job.progress(data.done);
    else if (data.type === "failure") this.failed(data.reason, data.broken);
    else {
      const png = new Promise<Blob>((resolve, reject) => this.writing.set(job.id, {resolve, reject}));
      // Who asks for it is told.
      png.catch(() => {});
      job.finish(data, png);
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
    const lost = new Error("The runtime stopped before the file was written: press Again.");
    for (const {reject} of this.writing.values()) reject(lost);
    this.writing.clear();
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
