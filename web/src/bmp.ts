// BMP files: pixels as they are, which nothing has to encode before a browser shows them.

import type {Pixels} from "./channels";

const HEADER = 54;

/** An opaque picture to look at. */
export function bmp({width, height, channels, data}: Pixels): Blob {
  const row = Math.ceil((3 * width) / 4) * 4;
  const file = new Uint8Array(HEADER + row * height);
  const head = new DataView(file.buffer);
  file.set([0x42, 0x4d]);
  head.setUint32(2, file.length, true);
  head.setUint32(10, HEADER, true);
  head.setUint32(14, HEADER - 14, true);
  head.setUint32(18, width, true);
  head.setUint32(22, height, true);
  head.setUint16(26, 1, true);
  head.setUint16(28, 24, true);
  const last = channels - 1;
  // The lowest row comes first, and blue in a pixel.
  for (let y = 0, from = 0; y < height; y++) {
    let to = HEADER + (height - 1 - y) * row;
    for (let x = 0; x < width; x++, from += channels, to += 3) {
      file[to] = data[from + last];
      file[to + 1] = data[from + (last >> 1)];
      file[to + 2] = data[from];
    }
  }
  return new Blob([file], {type: "image/bmp"});
}
