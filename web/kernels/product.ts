// Products of matrices, of 6 rows by 8 columns at a time: what 16 registers of 4 floats hold.

import {multiplyAdd} from "./vectors";

/** `c = a b`, for m rows of a (a multiple of 6) and k columns (of 4).
 *
 * b lies in panels of 8 columns, row after row within them. c begins as what `bias` points to in
 * each row, else as zero, or as it is where it is added to. Strides are bytes. */
// @ts-ignore: a decorator of AssemblyScript
@inline
export function product(
  a: usize, aStride: usize, b: usize, c: usize, cStride: usize,
  m: i32, columns: i32, k: i32, bias: usize, adds: bool,
): void {
  for (let column = 0; column < columns; column += 8, b += <usize>k << 5, c += 32) {
    let rows = a;
    let to = c;
    for (let row = 0; row < m; row += 6) {
      let p0 = rows + 0 * aStride;
      let p1 = rows + 1 * aStride;
      let p2 = rows + 2 * aStride;
      let p3 = rows + 3 * aStride;
      let p4 = rows + 4 * aStride;
      let p5 = rows + 5 * aStride;
      let q = b;
      let l0: v128;
      let h0: v128;
      let l1: v128;
      let h1: v128;
      let l2: v128;
      let h2: v128;
      let l3: v128;
      let h3: v128;
      let l4: v128;
      let h4: v128;
      let l5: v128;
      let h5: v128;
      if (adds) {
        l0 = v128.load(to + 0 * cStride);
        h0 = v128.load(to + 0 * cStride, 16);
        l1 = v128.load(to + 1 * cStride);
        h1 = v128.load(to + 1 * cStride, 16);
        l2 = v128.load(to + 2 * cStride);
        h2 = v128.load(to + 2 * cStride, 16);
        l3 = v128.load(to + 3 * cStride);
        h3 = v128.load(to + 3 * cStride, 16);
        l4 = v128.load(to + 4 * cStride);
        h4 = v128.load(to + 4 * cStride, 16);
        l5 = v128.load(to + 5 * cStride);
        h5 = v128.load(to + 5 * cStride, 16);
      } else {
        l0 = bias ? v128.load(bias + (<usize>column << 2)) : f32x4.splat(0);
        h0 = bias ? v128.load(bias + (<usize>column << 2), 16) : f32x4.splat(0);
        l1 = l0;
        h1 = h0;
        l2 = l0;
        h2 = h0;
        l3 = l0;
        h3 = h0;
        l4 = l0;
        h4 = h0;
        l5 = l0;
        h5 = h0;
      }
      for (let n = 0; n < k; n += 4) {
        let low = v128.load(q);
        let high = v128.load(q, 16);
        let value: v128;
        value = v128.load_splat<f32>(p0, 0);
        l0 = multiplyAdd(value, low, l0);
        h0 = multiplyAdd(value, high, h0);
        value = v128.load_splat<f32>(p1, 0);
        l1 = multiplyAdd(value, low, l1);
        h1 = multiplyAdd(value, high, h1);
        value = v128.load_splat<f32>(p2, 0);
        l2 = multiplyAdd(value, low, l2);
        h2 = multiplyAdd(value, high, h2);
        value = v128.load_splat<f32>(p3, 0);
        l3 = multiplyAdd(value, low, l3);
        h3 = multiplyAdd(value, high, h3);
        value = v128.load_splat<f32>(p4, 0);
        l4 = multiplyAdd(value, low, l4);
        h4 = multiplyAdd(value, high, h4);
        value = v128.load_splat<f32>(p5, 0);
        l5 = multiplyAdd(value, low, l5);
        h5 = multiplyAdd(value, high, h5);
        low = v128.load(q, 32);
        high = v128.load(q, 48);
        value = v128.load_splat<f32>(p0, 4);
        l0 = multiplyAdd(value, low, l0);
        h0 = multiplyAdd(value, high, h0);
        value = v128.load_splat<f32>(p1, 4);
        l1 = multiplyAdd(value, low, l1);
        h1 = multiplyAdd(value, high, h1);
        value = v128.load_splat<f32>(p2, 4);
        l2 = multiplyAdd(value, low, l2);
        h2 = multiplyAdd(value, high, h2);
        value = v128.load_splat<f32>(p3, 4);
        l3 = multiplyAdd(value, low, l3);
        h3 = multiplyAdd(value, high, h3);
        value = v128.load_splat<f32>(p4, 4);
        l4 = multiplyAdd(value, low, l4);
        h4 = multiplyAdd(value, high, h4);
        value = v128.load_splat<f32>(p5, 4);
        l5 = multiplyAdd(value, low, l5);
        h5 = multiplyAdd(value, high, h5);
        low = v128.load(q, 64);
        high = v128.load(q, 80);
        value = v128.load_splat<f32>(p0, 8);
        l0 = multiplyAdd(value, low, l0);
        h0 = multiplyAdd(value, high, h0);
        value = v128.load_splat<f32>(p1, 8);
        l1 = multiplyAdd(value, low, l1);
        h1 = multiplyAdd(value, high, h1);
        value = v128.load_splat<f32>(p2, 8);
        l2 = multiplyAdd(value, low, l2);
        h2 = multiplyAdd(value, high, h2);
        value = v128.load_splat<f32>(p3, 8);
        l3 = multiplyAdd(value, low, l3);
        h3 = multiplyAdd(value, high, h3);
        value = v128.load_splat<f32>(p4, 8);
        l4 = multiplyAdd(value, low, l4);
        h4 = multiplyAdd(value, high, h4);
        value = v128.load_splat<f32>(p5, 8);
        l5 = multiplyAdd(value, low, l5);
        h5 = multiplyAdd(value, high, h5);
        low = v128.load(q, 96);
        high = v128.load(q, 112);
        value = v128.load_splat<f32>(p0, 12);
        l0 = multiplyAdd(value, low, l0);
        h0 = multiplyAdd(value, high, h0);
        value = v128.load_splat<f32>(p1, 12);
        l1 = multiplyAdd(value, low, l1);
        h1 = multiplyAdd(value, high, h1);
        value = v128.load_splat<f32>(p2, 12);
        l2 = multiplyAdd(value, low, l2);
        h2 = multiplyAdd(value, high, h2);
        value = v128.load_splat<f32>(p3, 12);
        l3 = multiplyAdd(value, low, l3);
        h3 = multiplyAdd(value, high, h3);
        value = v128.load_splat<f32>(p4, 12);
        l4 = multiplyAdd(value, low, l4);
        h4 = multiplyAdd(value, high, h4);
        value = v128.load_splat<f32>(p5, 12);
        l5 = multiplyAdd(value, low, l5);
        h5 = multiplyAdd(value, high, h5);
        p0 += 16;
        p1 += 16;
        p2 += 16;
        p3 += 16;
        p4 += 16;
        p5 += 16;
        q += 128;
      }
      v128.store(to + 0 * cStride, l0);
      v128.store(to + 0 * cStride, h0, 16);
      v128.store(to + 1 * cStride, l1);
      v128.store(to + 1 * cStride, h1, 16);
      v128.store(to + 2 * cStride, l2);
      v128.store(to + 2 * cStride, h2, 16);
      v128.store(to + 3 * cStride, l3);
      v128.store(to + 3 * cStride, h3, 16);
      v128.store(to + 4 * cStride, l4);
      v128.store(to + 4 * cStride, h4, 16);
      v128.store(to + 5 * cStride, l5);
      v128.store(to + 5 * cStride, h5, 16);
      rows += 6 * aStride;
      to += 6 * cStride;
    }
  }
}
