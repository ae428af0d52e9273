// PNG files. A canvas writes them too, but multiplies alpha in first and is limited in size.

import type {Pixels} from "./channels";

const COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6};
// Bytes that are filtered at a time.
const CHUNK = 1 << 20;

/** A picture to look at, by the browser's own fast encoder; undefined where there is none. */
export async function quickPng({width, height, channels, data}: Pixels): Promise<Blob | undefined> {
  const image = new ImageData(width, height);
  const rgba = image.data;
  const colours = channels > 2 ? 3 : 1;
  for (let from = 0, to = 0; to < rgba.length; from += channels, to += 4) {
    rgba[to] = data[from];
    rgba[to + 1] = data[from + (colours >> 1)];
    rgba[to + 2] = data[from + colours - 1];
    rgba[to + 3] = channels === colours ? 255 : data[from + colours];
  }
  try {
    const canvas = new OffscreenCanvas(width, height);
    const options = {alpha: channels !== colours, willReadFrequently: true};
    (canvas.getContext("2d", options) as OffscreenCanvasRenderingContext2D).putImageData(image, 0, 0);
    return await canvas.convertToBlob({type: "image/png"});
  } catch {
    return undefined;
  }
}

export async function encodePng(pixels: Pixels): Promise<Blob> {
  const {width, height, channels} = pixels;
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, COLOUR_TYPES[channels], 0, 0, 0], 8);
  const parts: Uint8Array<ArrayBuffer>[] = [
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    ...chunk("IHDR", header),
    // The colours are sRGB's.
    ...chunk("sRGB", Uint8Array.of(0)),
  ];
  const stream = new CompressionStream("deflate");
  const writing = write(stream.writable.getWriter(), pixels);
  const reader = stream.readable.getReader();
  for (;;) {
    const {done, value} = await reader.read();
    if (done) break;
    parts.push(...chunk("IDAT", value as Uint8Array<ArrayBuffer>));
  }
  await writing;
  parts.push(...chunk("IEND", new Uint8Array(0)));
  return new Blob(parts, {type: "image/png"});
}

async function write(writer: WritableStreamDefaultWriter, pixels: Pixels): Promise<void> {
  const row = pixels.width * pixels.channels;
  const rows = Math.max(1, Math.floor(CHUNK / row));
  for (let top = 0; top < pixels.height; top += rows) {
    await writer.write(filtered(pixels, top, Math.min(top + rows, pixels.height)));
  }
  await writer.close();
}

/** Rows as differences from what Paeth's predictor expects, which suits photographs. */
function filtered({data, width, channels}: Pixels, top: number, bottom: number): Uint8Array<ArrayBuffer> {
  const row = width * channels;
  const result = new Uint8Array((bottom - top) * (row + 1));
  for (let y = top, to = 0; y < bottom; y++) {
    result[to++] = 4;
    for (let x = 0, at = y * row; x < row; x++, at++) {
      const left = x >= channels ? data[at - channels] : 0;
      const above = y > 0 ? data[at - row] : 0;
      const corner = x >= channels && y > 0 ? data[at - row - channels] : 0;
      const toLeft = Math.abs(above - corner);
      const toAbove = Math.abs(left - corner);
      const toCorner = Math.abs(left + above - 2 * corner);
      const expected =
        toLeft <= toAbove && toLeft <= toCorner ? left : toAbove <= toCorner ? above : corner;
      result[to++] = data[at] - expected;
    }
  }
  return result;
}

function chunk(type: string, content: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
  const head = new Uint8Array(8);
  new DataView(head.buffer).setUint32(0, content.length);
  for (let k = 0; k < 4; k++) head[4 + k] = type.charCodeAt(k);
  const tail = new Uint8Array(4);
  new DataView(tail.buffer).setUint32(0, ~crc(content, crc(head.subarray(4), -1)));
  return [head, content, tail];
}

const TABLE = Int32Array.from({length: 256}, (_, n) => {
  for (let k = 0; k < 8; k++) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
  return n;
});

function crc(bytes: Uint8Array, value: number): number {
  for (let k = 0; k < bytes.length; k++) value = TABLE[(value ^ bytes[k]) & 255] ^ (value >>> 8);
  return value;
}
