// BMP files: pixels as they are, which nothing has to encode before a browser shows them.

import type {Pixels} from "./channels";

const HEADER = 54;
// Bytes that are made at a time; the browser keeps them outside of the page's memory.
const BAND = 1 << 22;

/** An opaque picture to look at. */
export function bmp({width, height, channels, data}: Pixels): Blob {
  const row = Math.ceil((3 * width) / 4) * 4;
  const head = new DataView(new ArrayBuffer(HEADER));
  head.setUint16(0, 0x424d);
  head.setUint32(2, HEADER + row * height, true);
  head.setUint32(10, HEADER, true);
  head.setUint32(14, HEADER - 14, true);
  head.setUint32(18, width, true);
  head.setUint32(22, height, true);
  head.setUint16(26, 1, true);
  head.setUint16(28, 24, true);
  const parts = [new Blob([head])];
  const last = channels - 1;
  const rows = Math.max(1, Math.floor(BAND / row));
  const band = new Uint8Array(rows * row);
  // The lowest row comes first, and blue in a pixel.
  for (let bottom = height; bottom > 0; bottom -= rows) {
    const count = Math.min(rows, bottom);
    for (let n = 0; n < count; n++) {
      let from = (bottom - 1 - n) * width * channels;
      let to = n * row;
      for (let x = 0; x < width; x++, from += channels, to += 3) {
        band[to] = data[from + last];
        band[to + 1] = data[from + (last >> 1)];
        band[to + 2] = data[from];
      }
    }
    parts.push(new Blob([band.subarray(0, count * row)]));
  }
  return new Blob(parts, {type: "image/bmp"});
}
