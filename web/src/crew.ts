// Threads that work on the tiles of one task together: this worker and its helpers.

import {type Kernels, grow, instance, newMemory} from "./kernels";
import {type Task, perform} from "./tasks";

const HELPER = "helper";
// At the beginning of the memory: the number of the next tile.
const RESERVED = 1024;
// Milliseconds between two reports.
const PAUSE = 50;

interface Join {
  memory: WebAssembly.Memory;
}

interface Order {
  task: Task;
  count: number;
  scratch: number;
}

/** Whether this worker was started to help another one. */
export const isHelper = self.name === HELPER;

/** Take tiles until none are left. */
export function help(): void {
  let joined: Promise<{memory: WebAssembly.Memory; kernels: Kernels}>;
  self.onmessage = async ({data}: MessageEvent<Join | Order>): Promise<void> => {
    if ("memory" in data) {
      const {memory} = data;
      joined = instance(memory, true).then((kernels) => ({memory, kernels}));
      await joined;
    } else {
      const {memory, kernels} = await joined;
      const counter = new Int32Array(memory.buffer, 0, 1);
      for (;;) {
        const number = Atomics.add(counter, 0, 1);
        if (number >= data.count) break;
        perform(kernels, data.task, number, data.scratch);
      }
    }
    self.postMessage(null);
  };
}

export class Crew {
  private top = RESERVED;

  private constructor(
    private readonly memory: WebAssembly.Memory,
    readonly kernels: Kernels,
    private readonly helpers: Helper[],
  ) {}

  /** `threads`: at most so many, this one included. */
  static async gather(threads: number): Promise<Crew> {
    // Threads share memory, which a browser gives to isolated pages alone.
    const shared = self.crossOriginIsolated && threads > 1 && "Worker" in self;
    const memory = newMemory(shared);
    const kernels = await instance(memory, shared);
    const helpers = Array.from({length: shared ? threads - 1 : 0}, () => new Helper());
    const joined = await Promise.all(
      helpers.map((helper) => helper.send({memory}).then(() => true, () => false)),
    );
    return new Crew(memory, kernels, helpers.filter((_, k) => joined[k]));
  }

  get threads(): number {
    return this.helpers.length + 1;
  }

  /** How much memory it has come to hold. */
  get size(): number {
    return this.memory.buffer.byteLength;
  }

  /** End, and let go the memory, which never shrinks. */
  leave(): void {
    for (const helper of this.helpers) helper.end();
  }

  /** Memory for so many bytes: its address. */
  allocate(bytes: number): number {
    const address = this.top;
    this.top += Math.ceil(bytes / 64) * 64;
    grow(this.memory, this.top);
    return address;
  }

  /** What `use` allocates is free again after it. */
  async within<T>(use: () => Promise<T>): Promise<T> {
    const top = this.top;
    try {
      return await use();
    } finally {
      this.top = top;
    }
  }

  floats(address: number, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, length);
  }

  doubles(address: number, length: number): Float64Array {
    return new Float64Array(this.memory.buffer, address, length);
  }

  bytes(address: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, address, length);
  }

  /** Do a task's tiles. `scratch`: bytes for each thread to work in. */
  async run(task: Task, count: number, scratch: number, report: (done: number) => Promise<void>): Promise<void> {
    await this.within(async () => {
      const places = Array.from({length: this.threads}, () => this.allocate(scratch));
      const counter = new Int32Array(this.memory.buffer, 0, 1);
      Atomics.store(counter, 0, 0);
      const others = this.helpers.map((helper, k) => helper.send({task, count, scratch: places[k + 1]}));
      try {
        let reported = performance.now();
        for (;;) {
          const number = Atomics.add(counter, 0, 1);
          if (number >= count) break;
          perform(this.kernels, task, number, places[0]);
          if (performance.now() - reported < PAUSE) continue;
          await report(Math.min(number / count, 1));
          reported = performance.now();
        }
      } finally {
        Atomics.store(counter, 0, count);
        await Promise.all(others);
      }
    });
    await report(1);
  }
}

class Helper {
  private readonly worker = new Worker(self.location.href, {name: HELPER});

  end(): void {
    this.worker.terminate();
  }

  /** Resolves once it is done. */
  send(message: Join | Order): Promise<void> {
    return new Promise((resolve, reject) => {
      this.worker.onmessage = () => resolve();
      this.worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(event.message || "a thread stopped"));
      };
      this.worker.postMessage(message);
    });
  }
}
