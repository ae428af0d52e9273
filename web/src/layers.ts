// A layer's weights as the kernels read them.

import type {Crew} from "./crew";

/** A convolution's kernel, `[side, side, inputs, outputs]`, and bias. */
export interface Layer {
  side: number;
  inputs: number;
  outputs: number;
  kernel: Float32Array;
  bias: Float32Array;
}

/** A layer in the crew's memory, its channels filled up to whole panels. */
export interface Placed {
  kernels: number;
  bias: number;
  inputs: number;
  outputs: number;
}

/** Channels of a product's panel. */
const PANEL = 8;

// Where polynomials are evaluated, besides infinity; web/kernels/filtering.ts has them in its numbers.
const POINTS = [0, 1, -1, 2, -2, 0.5, -0.5];

export function filled(channels: number): number {
  return Math.ceil(channels / PANEL) * PANEL;
}

/** Put a layer into memory.
 *
 * @param places Of its inputs, among the `inputs` channels of what is read.
 */
export function placed(crew: Crew, layer: Layer, places: number[], inputs: number): Placed {
  const {side, outputs, kernel, bias} = layer;
  const padded = filled(outputs);
  const spread = side === 1 ? [[1]] : spreading(side);
  const mixed = spread.length;
  const size = inputs * padded;
  const kernels = crew.allocate(4 * mixed * mixed * size);
  const biases = crew.allocate(4 * padded);
  const at = crew.floats(kernels, mixed * mixed * size).fill(0);
  // One output and input after the other: down the columns, then along the rows.
  const columns = new Float64Array(mixed * side);
  for (let o = 0; o < outputs; o++) {
    for (let i = 0; i < layer.inputs; i++) {
      const place = Math.floor(o / PANEL) * inputs * PANEL + places[i] * PANEL + (o % PANEL);
      for (let y = 0; y < mixed; y++) {
        for (let x = 0; x < side; x++) {
          let sum = 0;
          for (let tap = 0; tap < side; tap++) {
            sum += spread[y][tap] * kernel[((tap * side + x) * layer.inputs + i) * outputs + o];
          }
          columns[y * side + x] = sum;
        }
      }
      for (let y = 0; y < mixed; y++) {
        for (let x = 0; x < mixed; x++) {
          let sum = 0;
          for (let tap = 0; tap < side; tap++) sum += spread[x][tap] * columns[y * side + tap];
          at[(y * mixed + x) * size + place] = sum;
        }
      }
    }
  }
  const ofBias = crew.floats(biases, padded).fill(0);
  ofBias.set(bias);
  return {kernels, bias: biases, inputs, outputs: padded};
}

/** Channels from `start` on. */
export function channels(start: number, count: number): number[] {
  return Array.from({length: count}, (_, k) => start + k);
}

/** The matrix that spreads a filter's taps, as Winograd's minimal filtering has it. */
function spreading(taps: number): number[][] {
  const rows = POINTS.map((point, k) => {
    const scale = POINTS.reduce((product, other, n) => (n === k ? product : product * (point - other)), 1);
    // The first sign is chosen as the kernels mix.
    return channels(0, taps).map((tap) => point ** tap / (k === 0 ? -scale : scale));
  });
  return [...rows, channels(0, taps).map((tap) => Number(tap === taps - 1))];
}
