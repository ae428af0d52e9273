// Results as samples of 8 bits.

/** Blocks of pixels, whose samples are the channels of a region, into the result.
 *
 * @param from The region; each of its pixels has `channels`: at least 3 for every pixel of a block
 *   of `side` by `side`.
 * @param lr The picture at the region's first pixel, which is added to every pixel of a block: 4
 *   floats a pixel, `lrWidth` of them in a row, each for `step` by `step` of the region's; 0 adds
 *   nothing.
 * @param gray Write the mean of the three colours alone.
 * @param to The first sample of the region's first block in the result, whose rows have `toRow` bytes.
 */
export function toBytes(
  from: usize, channels: i32, rows: i32, columns: i32, side: i32, lr: usize, lrWidth: i32,
  step: i32, gray: bool, to: usize, toRow: usize,
): void {
  const samples = gray ? 1 : 3;
  for (let y = 0; y < rows; y++, to += toRow * side) {
    let block = to;
    const row = y / step * lrWidth;
    for (let x = 0; x < columns; x++, from += <usize>channels << 2, block += side * samples) {
      const skipped = lr ? lr + (<usize>(row + x / step) << 4) : 0;
      if (side == 4 && !gray) four(from, skipped, block, toRow);
      else any(from, side, skipped, gray, block, toRow);
    }
  }
}

/** Samples as whole numbers; what is beyond a byte is cut later. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function levels(from: usize, skipped: v128): v128 {
  const value = f32x4.mul(f32x4.add(v128.load(from), skipped), f32x4.splat(255));
  return i32x4.trunc_sat_f32x4_s(f32x4.nearest(value));
}

/** 4x4 pixels: each row are 12 samples. */
function four(from: usize, lr: usize, to: usize, toRow: usize): void {
  const rgb = lr ? v128.load(lr) : f32x4.splat(0);
  const first = v128.shuffle<i32>(rgb, rgb, 0, 1, 2, 0);
  const second = v128.shuffle<i32>(rgb, rgb, 1, 2, 0, 1);
  const third = v128.shuffle<i32>(rgb, rgb, 2, 0, 1, 2);
  for (let y = 0; y < 4; y++, from += 48, to += toRow) {
    const start = i16x8.narrow_i32x4_s(levels(from, first), levels(from + 16, second));
    const end = i16x8.narrow_i32x4_s(levels(from + 32, third), i32x4.splat(0));
    const bytes = i8x16.narrow_i16x8_u(start, end);
    v128.store_lane<i64>(to, bytes, 0);
    v128.store_lane<i32>(to, bytes, 2, 8);
  }
}

function any(from: usize, side: i32, lr: usize, gray: bool, to: usize, toRow: usize): void {
  const r: f32 = lr ? load<f32>(lr) : 0;
  const g: f32 = lr ? load<f32>(lr, 4) : 0;
  const b: f32 = lr ? load<f32>(lr, 8) : 0;
  for (let y = 0; y < side; y++, to += toRow) {
    let at = to;
    for (let x = 0; x < side; x++, from += 12) {
      const red = load<f32>(from) + r;
      const green = load<f32>(from, 4) + g;
      const blue = load<f32>(from, 8) + b;
      if (gray) {
        store<u8>(at++, byte(85 * (red + green + blue)));
      } else {
        store<u8>(at++, byte(255 * red));
        store<u8>(at++, byte(255 * green));
        store<u8>(at++, byte(255 * blue));
      }
    }
  }
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function byte(value: f32): u8 {
  return <u8>min<f32>(max<f32>(nearest(value), 0), 255);
}
