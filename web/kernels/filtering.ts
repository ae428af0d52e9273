// Convolutions in fewer multiplications: Winograd's minimal filtering, in both directions.
//
// 8x8 values are mixed to 64 independent ones, each is multiplied by a matrix of its own, and 6x6
// results of a 3x3 convolution, or 4x4 of a 5x5 one, are collected from the products.
// https://arxiv.org/abs/1509.09308

import {product} from "./product";
import {times} from "./vectors";

// Tiles that are worked on at a time: a multiple of the rows of a product.
const GROUP: i32 = 12;
// The mixed value that adds alike to all results.
const AT_ONE: i32 = 9;

/** Mix 8 values. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function mix(from: usize, fromStride: usize, to: usize, toStride: usize): void {
  const d0 = v128.load(from);
  const d1 = v128.load(from + fromStride);
  const d2 = v128.load(from + 2 * fromStride);
  const d3 = v128.load(from + 3 * fromStride);
  const d4 = v128.load(from + 4 * fromStride);
  const d5 = v128.load(from + 5 * fromStride);
  const d6 = v128.load(from + 6 * fromStride);
  const d7 = v128.load(from + 7 * fromStride);
  v128.store(to, times(f32x4.sub(d4, d2), 5.25, f32x4.sub(d0, d6)));
  v128.store(to + 7 * toStride, times(f32x4.sub(d3, d5), 5.25, f32x4.sub(d7, d1)));
  let even = times(d4, -4.25, f32x4.add(d2, d6));
  let odd = times(d3, -4.25, f32x4.add(d1, d5));
  v128.store(to + toStride, f32x4.add(even, odd));
  v128.store(to + 2 * toStride, f32x4.sub(even, odd));
  even = times(d2, 0.25, times(d4, -1.25, d6));
  odd = times(d5, 2, times(d3, -2.5, f32x4.mul(d1, f32x4.splat(0.5))));
  v128.store(to + 3 * toStride, f32x4.add(even, odd));
  v128.store(to + 4 * toStride, f32x4.sub(even, odd));
  even = times(d2, 4, times(d4, -5, d6));
  odd = times(d1, 2, times(d3, -2.5, f32x4.mul(d5, f32x4.splat(0.5))));
  v128.store(to + 5 * toStride, f32x4.add(even, odd));
  v128.store(to + 6 * toStride, f32x4.sub(even, odd));
}

/** Results from 8 products: 4 or 6, activated by leaky ReLU of a slope. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function collect(results: i32, from: usize, fromStride: usize, to: usize, toStride: usize, slope: v128, last: bool): void {
  const m0 = v128.load(from);
  const m1 = v128.load(from + fromStride);
  const m2 = v128.load(from + 2 * fromStride);
  const m3 = v128.load(from + 3 * fromStride);
  const m4 = v128.load(from + 4 * fromStride);
  const m5 = v128.load(from + 5 * fromStride);
  const m6 = v128.load(from + 6 * fromStride);
  const m7 = v128.load(from + 7 * fromStride);
  const s1 = f32x4.add(m1, m2);
  const s2 = f32x4.add(m3, m4);
  const s3 = f32x4.add(m5, m6);
  const e1 = f32x4.sub(m1, m2);
  const e2 = f32x4.sub(m3, m4);
  const e3 = f32x4.sub(m5, m6);
  put(to, f32x4.add(f32x4.add(m0, s1), f32x4.add(s2, s3)), slope, last);
  put(to + toStride, times(e3, 0.5, times(e2, 2, e1)), slope, last);
  put(to + 2 * toStride, times(s3, 0.25, times(s2, 4, s1)), slope, last);
  if (results == 4) {
    put(to + 3 * toStride, times(e3, 0.125, times(e2, 8, f32x4.add(e1, m7))), slope, last);
  } else {
    put(to + 3 * toStride, times(e3, 0.125, times(e2, 8, e1)), slope, last);
    put(to + 4 * toStride, times(s3, 0.0625, times(s2, 16, s1)), slope, last);
    put(to + 5 * toStride, times(e3, 0.03125, times(e2, 32, f32x4.add(e1, m7))), slope, last);
  }
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function put(to: usize, value: v128, slope: v128, last: bool): void {
  v128.store(to, last ? f32x4.pmax(value, f32x4.mul(value, slope)) : value);
}

function mixTile(from: usize, pixel: usize, row: usize, channels: i32, to: usize, apart: usize, temporary: usize): void {
  for (let c = 0; c < channels; c += 4, from += 16, to += 16) {
    for (let x: usize = 0; x < 8; x++) mix(from + x * pixel, row, temporary + (x << 4), 128);
    for (let y: usize = 0; y < 8; y++) mix(temporary + (y << 7), 16, to + 8 * y * apart, apart);
  }
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function collectTile(results: i32, from: usize, apart: usize, channels: i32, to: usize, slope: f32, temporary: usize): void {
  const pixel = <usize>channels << 2;
  const slopes = f32x4.splat(slope);
  for (let c = 0; c < channels; c += 4, from += 16, to += 16) {
    for (let x: usize = 0; x < 8; x++) collect(results, from + x * apart, 8 * apart, temporary + (x << 4), 128, slopes, false);
    for (let y = 0; y < results; y++) {
      collect(results, temporary + (<usize>y << 7), 16, to + <usize>(y * results) * pixel, pixel, slopes, true);
    }
  }
}

function collectTile4(from: usize, apart: usize, channels: i32, to: usize, slope: f32, temporary: usize): void {
  collectTile(4, from, apart, channels, to, slope, temporary);
}

function collectTile6(from: usize, apart: usize, channels: i32, to: usize, slope: f32, temporary: usize): void {
  collectTile(6, from, apart, channels, to, slope, temporary);
}

/** Bytes that `convolve` needs to work in. */
export function convolveScratch(inputs: i32, outputs: i32): usize {
  const pixels = GROUP * 36 * outputs * 4 * 2;
  return 2048 + 64 * (<usize>(GROUP * (inputs + outputs)) * 4) + pixels;
}

/** A convolution of a region, without its border, activated by leaky ReLU.
 *
 * @param results 6 for a 3x3 kernel, 4 for a 5x5 one.
 * @param from The region's first pixel; `width` are its pixels in a row, `inputs` its channels.
 *   It reaches as far as the 8x8 values of all tiles do.
 * @param kernels The mixed kernels, each as `product` takes it.
 * @param pointwise Where it is not 0: a 1x1 convolution to so many `channels` that follows.
 * @param to The first pixel of the results, of which there are `rows` and `columns`.
 * @param adds Whether results are added to what is there.
 */
export function convolve(
  results: i32, from: usize, width: i32, inputs: i32, kernels: usize, bias: usize, outputs: i32, slope: f32,
  pointwise: usize, pointwiseBias: usize, channels: i32,
  to: usize, toWidth: i32, toChannels: i32, rows: i32, columns: i32, adds: bool, scratch: usize,
): void {
  const across = (columns + results - 1) / results;
  const count = across * ((rows + results - 1) / results);
  const mixed = scratch + 2048;
  const mixedApart = <usize>(GROUP * inputs) * 4;
  const products = mixed + 64 * mixedApart;
  const productsApart = <usize>(GROUP * outputs) * 4;
  const activated = products + 64 * productsApart;
  const area = results * results;
  const fused = activated + <usize>(GROUP * 36 * outputs) * 4;
  for (let first = 0; first < count; first += GROUP) {
    const tiles = min(GROUP, count - first);
    for (let n = 0; n < tiles; n++) {
      const y = (first + n) / across;
      const x = first + n - y * across;
      const place = from + (<usize>((y * width + x) * results * inputs) << 2);
      mixTile(place, <usize>inputs << 2, <usize>(width * inputs) << 2, inputs, mixed + (<usize>(n * inputs) << 2), mixedApart, scratch);
    }
    const m = (tiles + 5) / 6 * 6;
    for (let f = 0; f < 64; f++) {
      product(
        mixed + <usize>f * mixedApart, <usize>inputs << 2, kernels + (<usize>(f * inputs * outputs) << 2),
        products + <usize>f * productsApart, <usize>outputs << 2, m, outputs, inputs, f == AT_ONE ? bias : 0, false,
      );
    }
    const tileBytes = <usize>(area * outputs) << 2;
    for (let n: usize = 0; n < <usize>tiles; n++) {
      const product = products + n * (<usize>outputs << 2);
      if (results == 4) collectTile4(product, productsApart, outputs, activated + n * tileBytes, slope, scratch);
      else collectTile6(product, productsApart, outputs, activated + n * tileBytes, slope, scratch);
    }
    let values = activated;
    let valueChannels = outputs;
    if (pointwise) {
      multiply(activated, <usize>outputs << 2, pointwise, fused, <usize>channels << 2, m * area, channels, outputs, pointwiseBias, false);
      values = fused;
      valueChannels = channels;
    }
    for (let n = 0; n < tiles; n++) {
      const y = (first + n) / across;
      const x = first + n - y * across;
      const place = to + (<usize>((y * toWidth + x) * results * toChannels) << 2);
      placeTile(
        results, values + (<usize>(n * area * valueChannels) << 2), valueChannels, place, toWidth, toChannels,
        min(results, rows - y * results), min(results, columns - x * results), adds,
      );
    }
  }
}

/** As `product`, not repeated in the code. */
export function multiply(
  a: usize, aStride: usize, b: usize, c: usize, cStride: usize,
  m: i32, columns: i32, k: i32, bias: usize, adds: bool,
): void {
  product(a, aStride, b, c, cStride, m, columns, k, bias, adds);
}

function placeTile(
  results: i32, from: usize, channels: i32, to: usize, width: i32, toChannels: i32, rows: i32, columns: i32, adds: bool,
): void {
  for (let y = 0; y < rows; y++) {
    let source = from + (<usize>(y * results * channels) << 2);
    let row = to + (<usize>(y * width * toChannels) << 2);
    for (let x = 0; x < columns; x++, row += <usize>toChannels << 2) {
      for (let c = 0; c < channels; c += 4, source += 16) {
        const place = row + (<usize>c << 2);
        const value = v128.load(source);
        v128.store(place, adds ? f32x4.add(v128.load(place), value) : value);
      }
    }
  }
}
