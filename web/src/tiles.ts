// The geometry of tiles: the same as keras_dgggan/images/tiles.py, one axis at a time.

export interface Span {
  /** The part of the image that the tile is responsible for. */
  start: number;
  stop: number;
  /** The window that is read for it. */
  outerStart: number;
  outerStop: number;
}

/** Tiles along an axis, which cover it without overlap; all windows have one length. */
export function spans(size: number, tile: number, halo: number): Span[] {
  const count = Math.max(1, Math.ceil((size - 2 * halo) / tile));
  const length = Math.min(Math.ceil((size + (count - 1) * 2 * halo) / count), size);
  const result: Span[] = [];
  for (let start = 0; start < size; ) {
    const outerStart = Math.min(Math.max(start - halo, 0), size - length);
    const outerStop = outerStart + length;
    const stop = outerStop === size ? size : outerStop - halo;
    result.push({start, stop, outerStart, outerStop});
    start = stop;
  }
  return result;
}

/** Where tiles of one size start so that they cover `length`, spread evenly. */
export function starts(length: number, tile: number, overlap: number): number[] {
  if (length <= tile) return [0];
  const count = Math.ceil((length - overlap) / (tile - overlap));
  return Array.from({length: count}, (_, i) => Math.round((i * (length - tile)) / (count - 1)));
}

/** Each tile's weights along one axis of the result; at each point they sum to 1. */
export function blendWeights(
  positions: number[],
  tile: number,
  length: number,
  overlap: number,
  scale: number,
  unused: number,
): Float32Array[] {
  const ramp = Math.max(scale * (overlap - 2 * unused), 1);
  const total = new Float64Array(scale * length);
  const windows = positions.map((start) => {
    const window = new Float64Array(scale * tile);
    for (let k = 0; k < window.length; k++) {
      const left = start > 0 ? k + 0.5 - scale * unused : Infinity;
      const right = start + tile < length ? window.length - k - 0.5 - scale * unused : Infinity;
      window[k] = Math.min(Math.max(Math.min(left, right), 0), ramp);
      total[scale * start + k] += window[k];
    }
    return window;
  });
  return windows.map((window, i) =>
    Float32Array.from(window, (value, k) => value / total[scale * positions[i] + k]),
  );
}
