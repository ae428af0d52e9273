// Pictures and features as planes of floats, channel after channel, as ONNX's convolutions read.

import type {Span} from "./tiles";

export class Planes {
  readonly data: Float32Array;

  constructor(
    readonly channels: number,
    readonly height: number,
    readonly width: number,
    data?: Float32Array,
  ) {
    this.data = data ?? new Float32Array(channels * height * width);
  }

  /** A copy of the window that two spans read. */
  window(rows: Span, columns: Span): Planes {
    const height = rows.outerStop - rows.outerStart;
    const width = columns.outerStop - columns.outerStart;
    if (height === this.height && width === this.width) return this;
    const result = new Planes(this.channels, height, width);
    for (let c = 0, to = 0; c < this.channels; c++) {
      for (let y = 0; y < height; y++, to += width) {
        const from = (c * this.height + rows.outerStart + y) * this.width + columns.outerStart;
        result.data.set(this.data.subarray(from, from + width), to);
      }
    }
    return result;
  }

  /** Write the part of a window's result that its spans are responsible for. */
  place(values: Planes, rows: Span, columns: Span): void {
    const width = columns.stop - columns.start;
    for (let c = 0; c < this.channels; c++) {
      for (let y = rows.start; y < rows.stop; y++) {
        const from =
          (c * values.height + y - rows.outerStart) * values.width + columns.start - columns.outerStart;
        const to = (c * this.height + y) * this.width + columns.start;
        this.data.set(values.data.subarray(from, from + width), to);
      }
    }
  }
}
