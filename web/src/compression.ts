// How strongly a file was compressed: keras_dgggan/images/compression.py, whose tables models.json brings.

export interface Compression {
  format: "JPEG" | "WebP";
  /** On the scale of 1 to 100 that libjpeg and libwebp have. */
  quality: number;
}

export interface QualityTables {
  /** The sum of libjpeg's luminance table at each quality from 1. */
  jpegSums: number[];
  /** libwebp's quality for each of VP8's quantizer indices. */
  webpQualities: number[];
}

/** A file's lossy compression; undefined if it has none, or is damaged, or is not known. */
export function compressionOf(bytes: Uint8Array, tables: QualityTables): Compression | undefined {
  const {jpegSums, webpQualities} = tables;
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) {
    const sum = luminanceSum(bytes);
    return sum ? {format: "JPEG", quality: nearest(jpegSums, sum) + 1} : undefined;
  }
  if (text(bytes, 0) === "RIFF" && text(bytes, 8) === "WEBP") {
    const index = vp8Quantizer(bytes);
    return index === undefined ? undefined : {format: "WebP", quality: webpQualities[index]};
  }
  return undefined;
}

function text(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

/** The first place of the value that comes nearest. */
function nearest(values: number[], wanted: number): number {
  const apart = values.map((value) => Math.abs(value - wanted));
  return apart.indexOf(Math.min(...apart));
}

/** The sum of a JPEG's quantization table 0, as it is when the first scan begins. */
function luminanceSum(bytes: Uint8Array): number | undefined {
  let sum: number | undefined;
  for (let at = 2; at + 4 <= bytes.length; ) {
    // What is no marker is passed over, and so are the bytes that fill up before one.
    const marker = bytes[at] === 0xff ? bytes[at + 1] : 0;
    if (marker < 0xc0 || marker === 0xff) {
      at++;
      continue;
    }
    // Restarts, start and end have no content.
    if (marker >= 0xd0 && marker <= 0xd9) {
      at += 2;
      continue;
    }
    if (marker === 0xda) return sum;
    const end = at + 2 + ((bytes[at + 2] << 8) | bytes[at + 3]);
    if (end > bytes.length || end < at + 4) return undefined;
    if (marker === 0xdb) {
      for (let table = at + 4; table < end; ) {
        const size = bytes[table] < 16 ? 1 : 2;
        const next = table + 1 + 64 * size;
        if (next > end) return undefined;
        if ((bytes[table] & 15) === 0) sum = sumOf(bytes.subarray(table + 1, next), size);
        table = next;
      }
    }
    at = end;
  }
  return undefined;
}

function sumOf(values: Uint8Array, size: number): number {
  // Of two bytes the first counts 256 times.
  return values.reduce((sum, value, k) => sum + (k % size === size - 1 ? value : 256 * value), 0);
}

/** The quantizer index, 0 to 127, of the first lossy picture in a WebP file. */
function vp8Quantizer(bytes: Uint8Array): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 12; at + 8 <= bytes.length; ) {
    const kind = text(bytes, at);
    const size = view.getUint32(at + 4, true);
    const body = at + 8;
    if (kind === "ANMF") {
      at = body + 16;
      continue;
    }
    if (kind === "VP8 " && [0x9d, 0x01, 0x2a].every((value, k) => bytes[body + 3 + k] === value)) {
      try {
        return frameQuantizer(new BoolDecoder(bytes, body + 10));
      } catch {
        return undefined;
      }
    }
    at = body + size + (size % 2);
  }
  return undefined;
}

/** Reads a key frame's header as far as its quantizer (RFC 6386, 9.2 to 9.6). */
function frameQuantizer(bits: BoolDecoder): number {
  bits.number(2); // colour space, clamping
  let segments: number[] = [];
  let absolute = 0;
  if (bits.number(1)) {
    const [updateMap, updateData] = [bits.number(1), bits.number(1)];
    if (updateData) {
      absolute = bits.number(1);
      segments = [0, 0, 0, 0].map(() => bits.signed(7));
      for (let k = 0; k < 4; k++) bits.signed(6);
    }
    if (updateMap) for (let k = 0; k < 3; k++) if (bits.number(1)) bits.number(8);
  }
  bits.number(10); // filter type, level, sharpness
  if (bits.number(1) && bits.number(1)) for (let k = 0; k < 8; k++) bits.signed(6);
  bits.number(2); // partitions
  let index = bits.number(7);
  if (segments.length > 0) {
    const mean = segments.reduce((a, b) => a + b) / 4 + (absolute ? 0 : index);
    // As Python rounds: halves to the even number.
    const down = Math.floor(mean);
    index = mean - down === 0.5 ? down + Math.abs(down % 2) : Math.round(mean);
  }
  return Math.min(Math.max(index, 0), 127);
}

/** VP8's arithmetic decoder (RFC 6386, section 7), for bits of equal probability. */
class BoolDecoder {
  private value: number;
  private range = 255;
  private shifted = 0;
  private at: number;

  constructor(
    private readonly bytes: Uint8Array,
    start: number,
  ) {
    this.at = start;
    this.value = this.next() << 8;
    this.value |= this.next();
  }

  private next(): number {
    if (this.at >= this.bytes.length) throw new RangeError("the data ends");
    return this.bytes[this.at++];
  }

  private bit(): number {
    const split = 1 + (((this.range - 1) * 128) >> 8);
    const bit = this.value >= split << 8 ? 1 : 0;
    if (bit) {
      this.range -= split;
      this.value -= split << 8;
    } else this.range = split;
    while (this.range < 128) {
      this.value <<= 1;
      this.range <<= 1;
      if (++this.shifted === 8) {
        this.shifted = 0;
        this.value |= this.next();
      }
    }
    return bit;
  }

  /** An unsigned number, highest bit first. */
  number(bits: number): number {
    let value = 0;
    for (let k = 0; k < bits; k++) value = (value << 1) | this.bit();
    return value;
  }

  /** A number with its sign behind it, 0 where a flag says that there is none. */
  signed(bits: number): number {
    if (!this.number(1)) return 0;
    const value = this.number(bits);
    return this.number(1) ? -value : value;
  }
}
