// A worker that writes the files of results while the next picture is computed.

import type {Pixels} from "./channels";
import {encodePng} from "./png";

const NAME = "encoder";

/** Whether this worker is it. */
export const isEncoder = self.name === NAME;

/** Write what comes. */
export function encode(): void {
  self.onmessage = async ({data}: MessageEvent<Pixels>): Promise<void> => self.postMessage(await encodePng(data));
  self.postMessage("ready");
}

export class Encoder {
  private worker?: Worker;
  private ready?: Promise<boolean>;
  private last: Promise<unknown> = Promise.resolve();

  /** A PNG file, written after those before it; the pixels are gone afterwards. */
  async write(pixels: Pixels): Promise<Blob> {
    // A browser may not let a worker start another one.
    if (!(await (this.ready ??= this.start()))) return encodePng(pixels);
    const file = this.last.then(() => this.send(pixels));
    this.last = file.catch(() => {});
    return file;
  }

  /** Resolves when no file is being written. */
  async idle(): Promise<void> {
    await this.last;
  }

  private start(): Promise<boolean> {
    if (!("Worker" in self)) return Promise.resolve(false);
    return new Promise((resolve) => {
      this.worker = new Worker(self.location.href, {name: NAME});
      this.worker.onmessage = () => resolve(true);
      this.worker.onerror = (event) => {
        event.preventDefault();
        resolve(false);
      };
    });
  }

  private send(pixels: Pixels): Promise<Blob> {
    return new Promise((resolve, reject) => {
      const worker = this.worker as Worker;
      worker.onmessage = ({data}: MessageEvent<Blob>) => resolve(data);
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(event.message || "the file could not be written"));
      };
      worker.postMessage(pixels, [pixels.data.buffer]);
    });
  }
}
