// What is done to 4 floats at a time.

/** `a * b + c`: in one instruction where the module may have it. */
// @ts-ignore: a decorator of AssemblyScript
@inline
export function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  // @ts-ignore: a constant of the compiler
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

// @ts-ignore: a decorator of AssemblyScript
@inline
export function times(a: v128, factor: f32, c: v128): v128 {
  return multiplyAdd(a, f32x4.splat(factor), c);
}
