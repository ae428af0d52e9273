// What the first bytes of a file say that a browser's decoder does not tell.

export interface FileHeader {
  /** Where it is known. */
  size?: {width: number; height: number};
  gray: boolean;
  /** The file breaks off before its end. */
  cut: boolean;
  /** It has more than 8 bits a sample. */
  deep: boolean;
}

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

export function readHeader(bytes: Uint8Array): FileHeader {
  if (PNG.every((value, k) => bytes[k] === value)) return readPng(bytes);
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return readJpeg(bytes);
  return {gray: false, cut: isCutWebp(bytes), deep: false};
}

function readPng(bytes: Uint8Array): FileHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let ends = false;
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    const ended = at + 12 + length <= bytes.length;
    if (!ended) break;
    // "IEND"
    if (view.getUint32(at + 4) === 0x49454e44) ends = true;
    at += 12 + length;
  }
  if (bytes.length < 33) return {gray: false, cut: true, deep: false};
  return {
    size: {width: view.getUint32(16), height: view.getUint32(20)},
    gray: bytes[25] === 0 || bytes[25] === 4,
    cut: !ends,
    deep: bytes[24] === 16,
  };
}

function readJpeg(bytes: Uint8Array): FileHeader {
  let ends = false;
  for (let at = bytes.length - 2; at > 0 && !ends; at--) {
    ends = bytes[at] === 0xff && bytes[at + 1] === 0xd9;
  }
  for (let at = 2; at + 10 < bytes.length; ) {
    if (bytes[at] !== 0xff) break;
    const marker = bytes[at + 1];
    const length = (bytes[at + 2] << 8) | bytes[at + 3];
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) {
      const height = (bytes[at + 5] << 8) | bytes[at + 6];
      const width = (bytes[at + 7] << 8) | bytes[at + 8];
      return {size: {width, height}, gray: bytes[at + 9] === 1, cut: !ends, deep: false};
    }
    at += marker === 0xff ? 1 : 2 + length;
  }
  return {gray: false, cut: !ends, deep: false};
}

function isCutWebp(bytes: Uint8Array): boolean {
  if (bytes.length < 16) return false;
  const text = (from: number): string => String.fromCharCode(...bytes.subarray(from, from + 4));
  if (text(0) !== "RIFF" || text(8) !== "WEBP") return false;
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true) + 8 > bytes.length;
}
