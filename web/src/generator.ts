// A generator of the package, computed by the page's own kernels.

import type {Samples, Upscaler} from "./channels";
import type {Crew} from "./crew";
import {type Grid, LR, gridOf} from "./grid";
import {type Layer, type Placed, channels, filled, placed} from "./layers";
import type {ModelFile} from "./model";
import type {Planes} from "./planes";
import type {EnlargingTail, Tail} from "./tails";
import {type Block, type Task, scratchOf} from "./tasks";

/** Told the part that is done, from 0 to 1; throws to stop. */
export type Report = (done: number) => Promise<void>;

/** The part of a model's header that describes it. */
export interface GeneratorHeader {
  filters: number;
  branches: string[];
  blocks: number;
  /** The numbers of the blocks after which a gradient map is passed. */
  passes: number[];
  slope: number;
  /** The factors by which features are enlarged one after the other; else pixels are shuffled. */
  steps: number[];
  /** Whether the picture itself is added to the result. */
  skip: boolean;
  /** Sides and channels of the layers' kernels. */
  layers: Record<string, number[]>;
}

// Rows and columns of tiles: what is worked on stays in a core's cache.
const TILE = [48, 96] as const;
// Parts of the work; a block is 1.
const COSTS = {head: 0.05, block: 1, gated: 0.05, pass: 0.1, tail: 0.4, "enlarging tail": 8};
// Of tiles that are enlarged.
const SMALLER_TILE = [12, 48] as const;

interface Gate {
  squeeze: Layer;
  excite: Layer;
}

export class Generator implements Upscaler {
  private readonly channels: number;
  private readonly heads: Record<string, Placed> = {};
  private readonly blocks: Record<string, Pick<Block, "level1" | "level2" | "fusion">> = {};
  private readonly gates: Record<string, Gate> = {};
  private readonly passes: Record<number, Placed> = {};
  private readonly tail:
    | Pick<Tail, "kind" | "trunk" | "pixels">
    | Pick<EnlargingTail, "kind" | "trunks" | "steps" | "slope" | "pixels">;

  constructor(
    private readonly crew: Crew,
    private readonly file: ModelFile,
    private readonly header: GeneratorHeader,
  ) {
    const {filters, branches, blocks, passes, steps, slope} = header;
    const size = filled(filters);
    this.channels = size;
    const plain = channels(0, filters);
    const both = [...plain, ...channels(size, filters)];
    for (const branch of branches) {
      this.heads[branch] = this.put(`${branch}_head`, channels(0, 3), LR);
      for (let i = 1; i <= blocks; i++) {
        const name = `${branch}_${i}`;
        const pair = (make: (side: number) => Placed): [Placed, Placed] => [make(3), make(5)];
        this.blocks[name] = {
          level1: pair((side) => this.put(`${name}/level1_${side}`, plain, size)),
          level2: pair((side) => this.put(`${name}/level2_${side}`, both, 2 * size)),
          fusion: pair((side) => this.put(`${name}/fusion_${side}`, channels(0, 2 * filters), filled(2 * filters))),
        };
        if (`${name}/squeeze` in header.layers) {
          this.gates[name] = {squeeze: this.layer(`${name}/squeeze`), excite: this.layer(`${name}/excite`)};
        }
      }
    }
    for (const i of passes) this.passes[i] = this.put(`pass_${i}`, both, 2 * size);
    // The features of all branches, then the picture and its gradient map, or where the picture is.
    const maps = branches.flatMap((_, k) => channels(k * size, filters));
    const behind = branches.length * size;
    if (steps.length === 0) {
      const pictures = branches.flatMap((_, k) => channels(behind + k * LR, 3));
      this.tail = {
        kind: "tail",
        trunk: this.put("trunk", [...maps, ...pictures], branches.length * (size + LR)),
        pixels: this.put("pixels", plain, size),
      };
    } else {
      this.tail = {
        kind: "enlarging tail",
        trunks: branches.map((b) => this.put(`${b}_trunk`, [...plain, ...channels(size, 3)], size + LR)),
        steps: steps.map((factor, k) => ({
          factor,
          layers: branches.map((b) => this.put(`${b}_step_${k + 1}`, plain, size)),
        })),
        slope,
        pixels: this.put("pixels", [...maps, behind], behind + LR),
      };
    }
  }

  get scale(): number {
    return this.file.header.scale;
  }

  get bytesPerPixel(): number {
    const {scale} = this;
    const features = 4 * this.channels * (this.header.branches.length + 1);
    // The picture as bytes and floats, twice, and the result's samples, and its file and what becomes it.
    return features + 4 + 4 * 3 + 4 * LR + (3 + 3) * scale * scale;
  }

  run(image: Planes, gray: boolean, report: Report): Promise<Samples> {
    return this.crew.within(() => this.compute(image, gray, report));
  }

  private async compute(image: Planes, gray: boolean, report: Report): Promise<Samples> {
    const {crew, channels: size, scale} = this;
    const {branches, blocks, passes, slope, skip} = this.header;
    const {height, width} = image;
    const pixels = height * width;
    const lr = crew.allocate(4 * LR * pixels);
    const maps = Object.fromEntries(branches.map((branch) => [branch, crew.allocate(4 * size * pixels)]));
    const added = crew.allocate(4 * size * pixels);
    const grid = gridOf(height, width, ...TILE);
    const sums = crew.allocate(8 * size * grid.count);
    const gate = crew.allocate(4 * size);
    const samples = (gray ? 1 : 3) * scale * scale * pixels;
    // What blocks added is not needed any more by then.
    const result = samples <= 4 * size * pixels ? added : crew.allocate(samples);
    interleave(image, crew.floats(lr, LR * pixels));
    const total =
      COSTS[this.tail.kind] + passes.length * COSTS.pass + branches.length * (COSTS.head + blocks * (COSTS.block + COSTS.gated));
    let done = 0;
    const run = async (task: Task): Promise<void> => {
      const cost = COSTS[task.kind];
      const scratch = scratchOf(crew.kernels, task);
      await crew.run(task, task.grid.count, scratch, (part) => report((done + cost * part) / total));
      done += cost;
    };
    const common = {grid, channels: size};
    for (const branch of branches) {
      const gradient = branch === "gradient";
      await run({...common, kind: "head", lr, gradient, layer: this.heads[branch], to: maps[branch]});
    }
    for (let i = 1; i <= blocks; i++) {
      for (const branch of branches) {
        const name = `${branch}_${i}`;
        await run({...common, kind: "block", from: maps[branch], slope, ...this.blocks[name], added, sums});
        crew.floats(gate, size).set(this.gate(name, sums, grid));
        await run({...common, kind: "gated", to: maps[branch], added, gate});
      }
      if (passes.includes(i)) {
        await run({...common, kind: "pass", image: maps.image, gradient: maps.gradient, layer: this.passes[i]});
      }
    }
    const features = branches.map((branch) => maps[branch]);
    const enlarged = this.tail.kind === "tail" ? grid : gridOf(height, width, ...SMALLER_TILE);
    await run({...common, ...this.tail, grid: enlarged, lr, features, scale, skip, gray, to: result});
    return {samples: new Uint8ClampedArray(crew.bytes(result, samples)), blended: false};
  }

  /** Squeeze-and-excitation's gate, from the sums of each tile. */
  private gate(name: string, address: number, {height, width, count}: Grid): Float64Array {
    const result = new Float64Array(this.channels).fill(1);
    if (!(name in this.gates)) return result;
    const sums = this.crew.doubles(address, this.channels * count);
    const means = new Float64Array(this.header.filters);
    for (let n = 0; n < count; n++) {
      for (let c = 0; c < means.length; c++) means[c] += sums[n * this.channels + c] / (height * width);
    }
    const {squeeze, excite} = this.gates[name];
    const hidden = dense(means, squeeze).map((value) => Math.max(value, 0));
    result.set(dense(hidden, excite).map((value) => 1 / (1 + Math.exp(-value))));
    return result;
  }

  private put(name: string, places: number[], inputs: number): Placed {
    return placed(this.crew, this.layer(name), places, inputs);
  }

  private layer(name: string): Layer {
    const [side, inputs, outputs] = this.header.layers[name];
    const values = this.file.floats(name);
    const length = side * side * inputs * outputs;
    return {side, inputs, outputs, kernel: values.subarray(0, length), bias: values.subarray(length)};
  }
}

function dense(values: Float64Array, {inputs, outputs, kernel, bias}: Layer): Float64Array {
  return Float64Array.from({length: outputs}, (_, o) => {
    let sum = bias[o];
    for (let i = 0; i < inputs; i++) sum += values[i] * kernel[i * outputs + o];
    return sum;
  });
}

/** Planes as pixels of 4 floats. */
function interleave({data, height, width}: Planes, to: Float32Array): void {
  const count = height * width;
  for (let k = 0; k < count; k++) {
    to[LR * k] = data[k];
    to[LR * k + 1] = data[count + k];
    to[LR * k + 2] = data[2 * count + k];
    to[LR * k + 3] = 0;
  }
}
