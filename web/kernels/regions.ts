// Pieces of pictures: pixels in rows, the channels of each side by side, floats.

// `layers.image_gradient`'s.
const EPSILON: f32 = 1e-6;

/** A region of a picture into channels of another one; zero beyond the picture.
 *
 * @param from The picture, of `height`, `width` and `channels`.
 * @param gradient Take the gradient map of the picture instead, with its border replicated.
 * @param to The first channel of the region's first pixel, which has `toChannels`.
 */
export function region(
  from: usize, height: i32, width: i32, channels: i32, gradient: bool,
  top: i32, left: i32, rows: i32, columns: i32, to: usize, toChannels: i32,
): void {
  const pixel = <usize>channels << 2;
  const toPixel = <usize>toChannels << 2;
  for (let y = top; y < top + rows; y++) {
    const row = from + <usize>y * <usize>width * pixel;
    const up = y > 0 ? <usize>width * pixel : 0;
    const down = y < height - 1 ? <usize>width * pixel : 0;
    for (let x = left; x < left + columns; x++, to += toPixel) {
      if (y < 0 || y >= height || x < 0 || x >= width) {
        for (let c: usize = 0; c < pixel; c += 16) v128.store(to + c, f32x4.splat(0));
        continue;
      }
      const place = row + <usize>x * pixel;
      if (!gradient) {
        for (let c: usize = 0; c < pixel; c += 16) v128.store(to + c, v128.load(place + c));
        continue;
      }
      const before = x > 0 ? pixel : 0;
      const behind = x < width - 1 ? pixel : 0;
      for (let c: usize = 0; c < pixel; c += 16) {
        const at = place + c;
        const across = f32x4.sub(v128.load(at + behind), v128.load(at - before));
        const along = f32x4.sub(v128.load(at + down), v128.load(at - up));
        const squares = f32x4.add(f32x4.mul(across, across), f32x4.mul(along, along));
        v128.store(to + c, f32x4.sqrt(f32x4.add(squares, f32x4.splat(EPSILON))));
      }
    }
  }
}

/** A region of a picture that is enlarged by repeating its pixels, from a region of the smaller one. */
export function enlarge(
  from: usize, fromTop: i32, fromLeft: i32, fromWidth: i32, channels: i32, factor: i32,
  top: i32, left: i32, rows: i32, columns: i32, to: usize,
): void {
  const pixel = <usize>channels << 2;
  for (let y = top; y < top + rows; y++) {
    const row = (floored(y, factor) - fromTop) * fromWidth - fromLeft;
    for (let x = left; x < left + columns; x++, to += pixel) {
      const place = from + <usize>(row + floored(x, factor)) * pixel;
      for (let c: usize = 0; c < pixel; c += 16) v128.store(to + c, v128.load(place + c));
    }
  }
}

/** The quotient, rounded down. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function floored(value: i32, by: i32): i32 {
  return value < 0 ? -((by - 1 - value) / by) : value / by;
}

/** Four channels: one where a region lies in the picture and zero beyond it, then zeros. */
export function inside(
  to: usize, channels: i32, top: i32, left: i32, rows: i32, columns: i32, height: i32, width: i32,
): void {
  const one = f32x4.replace_lane(f32x4.splat(0), 0, 1);
  for (let y = top; y < top + rows; y++) {
    for (let x = left; x < left + columns; x++, to += <usize>channels << 2) {
      v128.store(to, y < 0 || y >= height || x < 0 || x >= width ? f32x4.splat(0) : one);
    }
  }
}

/** Set what of a region lies beyond the picture to zero. */
export function clear(
  to: usize, channels: i32, top: i32, left: i32, rows: i32, columns: i32, height: i32, width: i32,
): void {
  const pixel = <usize>channels << 2;
  for (let y = top; y < top + rows; y++) {
    for (let x = left; x < left + columns; x++, to += pixel) {
      if (y < 0 || y >= height || x < 0 || x >= width) memory.fill(to, 0, pixel);
    }
  }
}

/** Pixels of a region to where they belong in a picture. */
export function place(
  from: usize, fromWidth: i32, channels: i32, to: usize, toWidth: i32, rows: i32, columns: i32,
): void {
  const length = <usize>(columns * channels) << 2;
  for (let y = 0; y < rows; y++) {
    memory.copy(to, from, length);
    from += <usize>(fromWidth * channels) << 2;
    to += <usize>(toWidth * channels) << 2;
  }
}

/** The sum of each channel over a region: doubles. */
export function sums(from: usize, width: i32, channels: i32, rows: i32, columns: i32, to: usize): void {
  const pixel = <usize>channels << 2;
  for (let c = 0; c < channels; c += 4, from += 16, to += 32) {
    let low = f64x2.splat(0);
    let high = f64x2.splat(0);
    for (let y = 0; y < rows; y++) {
      let at = from + <usize>(y * width) * pixel;
      // Of a row floats suffice.
      let sum = f32x4.splat(0);
      for (let x = 0; x < columns; x++, at += pixel) sum = f32x4.add(sum, v128.load(at));
      low = f64x2.add(low, f64x2.promote_low_f32x4(sum));
      high = f64x2.add(high, f64x2.promote_low_f32x4(v128.shuffle<i32>(sum, sum, 2, 3, 2, 3)));
    }
    v128.store(to, low);
    v128.store(to, high, 16);
  }
}

/** `to += added * gate`, for pixels in a row. */
export function addGated(to: usize, added: usize, gate: usize, channels: i32, pixels: i32): void {
  const pixel = <usize>channels << 2;
  for (let n = 0; n < pixels; n++, to += pixel, added += pixel) {
    for (let c: usize = 0; c < pixel; c += 16) {
      const change = f32x4.mul(v128.load(added + c), v128.load(gate + c));
      v128.store(to + c, f32x4.add(v128.load(to + c), change));
    }
  }
}
