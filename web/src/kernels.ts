// The page's own WebAssembly: web/kernels, which build.mjs compiles, with relaxed SIMD and without.

import plain from "kernels:plain";
import relaxed from "kernels:relaxed";

/** What the module does; places in memory are byte addresses. See web/kernels. */
export interface Kernels {
  convolveScratch(inputs: number, outputs: number): number;
  convolve(
    results: number, from: number, width: number, inputs: number, kernels: number, bias: number,
    outputs: number, slope: number, pointwise: number, pointwiseBias: number, channels: number,
    to: number, toWidth: number, toChannels: number, rows: number, columns: number, adds: boolean,
    scratch: number,
  ): void;
  multiply(
    a: number, aStride: number, b: number, c: number, cStride: number,
    m: number, columns: number, k: number, bias: number, adds: boolean,
  ): void;
  region(
    from: number, height: number, width: number, channels: number, gradient: boolean,
    top: number, left: number, rows: number, columns: number, to: number, toChannels: number,
  ): void;
  enlarge(
    from: number, fromTop: number, fromLeft: number, fromWidth: number, channels: number,
    factor: number, top: number, left: number, rows: number, columns: number, to: number,
  ): void;
  inside(
    to: number, channels: number, top: number, left: number, rows: number, columns: number,
    height: number, width: number,
  ): void;
  clear(
    to: number, channels: number, top: number, left: number, rows: number, columns: number,
    height: number, width: number,
  ): void;
  place(
    from: number, fromWidth: number, channels: number, to: number, toWidth: number, rows: number,
    columns: number,
  ): void;
  sums(from: number, width: number, channels: number, rows: number, columns: number, to: number): void;
  addGated(to: number, added: number, gate: number, channels: number, pixels: number): void;
  toBytes(
    from: number, channels: number, rows: number, columns: number, side: number, lr: number,
    lrWidth: number, step: number, gray: boolean, to: number, toRow: number,
  ): void;
}

const PAGE = 2 ** 16;
// What the module states: 1 MiB to 4 GiB.
const FEWEST_PAGES = 16;
const MOST_PAGES = 2 ** 16;

/** Memory for the module; some browsers do not let go so much address space. */
export function newMemory(shared: boolean): WebAssembly.Memory {
  for (let maximum = MOST_PAGES; ; maximum /= 2) {
    try {
      return new WebAssembly.Memory({initial: FEWEST_PAGES, maximum, shared});
    } catch (error) {
      if (maximum < 2 ** 13) throw error;
    }
  }
}

/** Have so many bytes. */
export function grow(memory: WebAssembly.Memory, bytes: number): void {
  const more = Math.ceil((bytes - memory.buffer.byteLength) / PAGE);
  if (more > 0) memory.grow(more);
}

export async function instance(memory: WebAssembly.Memory, shared: boolean): Promise<Kernels> {
  const code = WebAssembly.validate(relaxed) ? relaxed : plain;
  const module = await WebAssembly.compile(shared ? code : notShared(code));
  return (await WebAssembly.instantiate(module, {env: {memory}})).exports as unknown as Kernels;
}

/** The module for memory of one thread, which pages that are not isolated get. */
function notShared(code: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  // The import: its name, the kind of memories, then the flags of its limits.
  const text = [..."memory"].map((c) => c.charCodeAt(0));
  const at = code.findIndex((_, k) => [...text, 2, 3].every((byte, n) => code[k + n] === byte));
  const changed = code.slice();
  changed[at + text.length + 1] = 1;
  return changed;
}
