// A model run on a whole picture: in exact tiles stage by stage, or in tiles that are blended.

import type {Samples, Upscaler} from "./channels";
import type {Report} from "./generator";
import type {Model, Stages} from "./model";
import {Planes} from "./planes";
import {type Span, blendWeights, spans, starts} from "./tiles";

/** Takes results: planes whose part from (y, x) of (height, width) belongs at (top, left). */
type Sink = (
  values: Planes,
  part: {y: number; x: number; height: number; width: number},
  top: number,
  left: number,
) => void;

// Input pixels a side of a tile: beyond, features leave the CPU's caches.
const TILE = 256;
// By how much blended tiles reach beyond their part, and the outer part of it that gets no weight.
const OVERLAP = 24;

/** A model of graphs. */
export class Graphs implements Upscaler {
  constructor(private readonly model: Model) {}

  get scale(): number {
    return this.model.header.scale;
  }

  get bytesPerPixel(): number {
    return this.model.bytesPerPixel;
  }

  async run(image: Planes, gray: boolean, report: Report): Promise<Samples> {
    const {scale} = this;
    const channels = gray ? 1 : 3;
    const row = scale * image.width * channels;
    const samples = new Uint8ClampedArray(scale * image.height * row);
    const sink: Sink = ({data, height, width}, part, top, left) => {
      const plane = height * width;
      for (let y = 0; y < part.height; y++) {
        let from = (part.y + y) * width + part.x;
        let to = (top + y) * row + left * channels;
        for (let x = 0; x < part.width; x++, from++, to += channels) {
          const r = data[from];
          const g = data[plane + from];
          const b = data[2 * plane + from];
          if (gray) samples[to] = 85 * (r + g + b);
          else {
            samples[to] = 255 * r;
            samples[to + 1] = 255 * g;
            samples[to + 2] = 255 * b;
          }
        }
      }
    };
    return {samples, blended: await run(this.model, image, sink, report)};
  }
}

/** Run a model on planes of RGB in [0, 1]; returns whether tiles were blended. */
async function run(model: Model, image: Planes, sink: Sink, report: Report): Promise<boolean> {
  const {stages, minimum, multiple, scale} = model.header;
  if (stages) {
    await new Exact(model, stages, image, report).run(sink);
    return false;
  }
  const taken = (size: number): number => Math.ceil(Math.max(size, minimum) / multiple) * multiple;
  const padded = extendedTo(image, taken(image.height), taken(image.width));
  return blended(model, padded, clippedTo(sink, scale, image), report);
}

/** All tiles go through one stage before the next begins: squeeze-and-excitation averages over
 * the whole picture, so tiles that go through the network one by one cannot agree with it. */
class Exact {
  private done = 0;
  private readonly total: number;

  constructor(
    private readonly model: Model,
    private readonly stages: Stages,
    private readonly image: Planes,
    private readonly report: Report,
  ) {
    const {branches, blocks, passes, costs} = stages;
    this.total =
      (costs.head + branches.length * blocks * costs.block + passes.length * costs.pass + costs.tail) *
      image.height *
      image.width;
  }

  async run(sink: Sink): Promise<void> {
    const {filters, branches, blocks, passes, halos, costs, largestTail} = this.stages;
    const {height, width} = this.image;
    const maps = Object.fromEntries(branches.map((b) => [b, new Planes(filters, height, width)]));
    const head = {part: "heads", halo: halos.head, cost: costs.head};
    await this.tiles(head, [this.image], (results, rows, columns) => {
      for (const b of branches) maps[b].place(results[b], rows, columns);
    });
    const added = new Planes(filters, height, width);
    for (let i = 1; i <= blocks; i++) {
      for (const b of branches) {
        const stage = {part: `${b}_${i}`, halo: halos.block, cost: costs.block};
        await this.tiles(stage, [maps[b]], ({features}, rows, columns) =>
          added.place(features, rows, columns),
        );
        this.addGated(maps[b], added, `${b}_${i}_gate`);
      }
      if (passes.includes(i)) {
        const stage = {part: `pass_${i}`, halo: halos.pass, cost: costs.pass};
        // What is overwritten is read for the pixels themselves alone.
        await this.tiles(stage, branches.map((b) => maps[b]), ({gradient}, rows, columns) =>
          maps.gradient.place(gradient, rows, columns),
        );
      }
    }
    const tail = {part: "tail", halo: halos.tail, cost: costs.tail, largest: largestTail};
    const scale = this.model.header.scale;
    await this.tiles(tail, [this.image, ...branches.map((b) => maps[b])], ({image}, rows, columns) =>
      sink(
        image,
        {
          y: scale * (rows.start - rows.outerStart),
          x: scale * (columns.start - columns.outerStart),
          height: scale * (rows.stop - rows.start),
          width: scale * (columns.stop - columns.start),
        },
        scale * rows.start,
        scale * columns.start,
      ),
    );
  }

  private async tiles(
    stage: {part: string; halo: number; cost: number; largest?: number},
    maps: Planes[],
    take: (results: Record<string, Planes>, rows: Span, columns: Span) => void,
  ): Promise<void> {
    const tile = Math.min(TILE, stage.largest ?? TILE);
    const graph = await this.model.graph(stage.part);
    for (const rows of spans(this.image.height, tile, stage.halo)) {
      for (const columns of spans(this.image.width, tile, stage.halo)) {
        take(await graph.run(maps.map((map) => map.window(rows, columns))), rows, columns);
        this.done += stage.cost * (rows.stop - rows.start) * (columns.stop - columns.start);
        await this.report(this.done / this.total);
      }
    }
  }

  /** `features += added * gate`, with squeeze-and-excitation's gate from the means of `added`. */
  private addGated(features: Planes, added: Planes, gatePart: string): void {
    const {filters} = this.stages;
    const count = features.height * features.width;
    const {data} = features;
    const changes = added.data;
    let gate: Float64Array | undefined;
    if (this.model.file.has(gatePart)) {
      const means = new Float64Array(filters);
      for (let c = 0, k = 0; c < filters; c++) {
        let sum = 0;
        for (let n = 0; n < count; n++, k++) sum += changes[k];
        means[c] = sum / count;
      }
      gate = excitation(means, this.model.file.floats(gatePart));
    }
    for (let c = 0, k = 0; c < filters; c++) {
      const factor = gate ? gate[c] : 1;
      for (let n = 0; n < count; n++, k++) data[k] += changes[k] * factor;
    }
  }
}

/** The gate of each channel. `weights`: squeeze's kernel and bias, then excite's. */
function excitation(means: Float64Array, weights: Float32Array): Float64Array {
  const filters = means.length;
  const hidden = (weights.length - filters) / (2 * filters + 1);
  const excite = filters * hidden + hidden;
  const middle = new Float64Array(hidden);
  for (let h = 0; h < hidden; h++) {
    let sum = weights[filters * hidden + h];
    for (let c = 0; c < filters; c++) sum += means[c] * weights[c * hidden + h];
    middle[h] = Math.max(sum, 0);
  }
  return means.map((_, c) => {
    let sum = weights[excite + hidden * filters + c];
    for (let h = 0; h < hidden; h++) sum += middle[h] * weights[excite + h * filters + c];
    return 1 / (1 + Math.exp(-sum));
  });
}

async function blended(model: Model, image: Planes, sink: Sink, report: Report): Promise<boolean> {
  const {scale, multiple} = model.header;
  const {height, width} = image;
  const graph = await model.graph("whole");
  const tile = Math.ceil((TILE + 2 * OVERLAP) / multiple) * multiple;
  const tops = starts(height, tile, 2 * OVERLAP);
  const lefts = starts(width, tile, 2 * OVERLAP);
  const rows = Math.min(tile, height);
  const columns = Math.min(tile, width);
  const rowWeights = blendWeights(tops, rows, height, 2 * OVERLAP, scale, OVERLAP / 2);
  const columnWeights = blendWeights(lefts, columns, width, 2 * OVERLAP, scale, OVERLAP / 2);
  // What of the tiles so far lies below the last band that went to the sink.
  let pending = new Planes(3, scale * rows, scale * width);
  let done = 0;
  for (let r = 0; r < tops.length; r++) {
    for (let c = 0; c < lefts.length; c++) {
      const span = (start: number, length: number): Span => ({
        start,
        stop: start + length,
        outerStart: start,
        outerStop: start + length,
      });
      const window = image.window(span(tops[r], rows), span(lefts[c], columns));
      add(pending, await graph.runPixels(window), rowWeights[r], columnWeights[c], scale * lefts[c]);
      await report(++done / (tops.length * lefts.length));
    }
    const below = r + 1 < tops.length ? tops[r + 1] : height;
    const ready = scale * (below - tops[r]);
    sink(pending, {y: 0, x: 0, height: ready, width: scale * width}, scale * tops[r], 0);
    const next = new Planes(3, scale * rows, scale * width);
    const plane = scale * rows * scale * width;
    for (let k = 0; k < 3; k++) {
      const kept = pending.data.subarray(k * plane + ready * scale * width, (k + 1) * plane);
      next.data.set(kept, k * plane);
    }
    pending = next;
  }
  return done > 1;
}

function add(to: Planes, values: Planes, rows: Float32Array, columns: Float32Array, left: number): void {
  for (let c = 0, k = 0; c < 3; c++) {
    for (let y = 0; y < values.height; y++) {
      let place = (c * to.height + y) * to.width + left;
      for (let x = 0; x < values.width; x++, k++, place++) {
        to.data[place] += values.data[k] * rows[y] * columns[x];
      }
    }
  }
}

/** Planes with the last row and column repeated. */
function extendedTo(image: Planes, height: number, width: number): Planes {
  if (height === image.height && width === image.width) return image;
  const result = new Planes(image.channels, height, width);
  for (let c = 0, k = 0; c < image.channels; c++) {
    for (let y = 0; y < height; y++) {
      const row = (c * image.height + Math.min(y, image.height - 1)) * image.width;
      for (let x = 0; x < width; x++, k++) {
        result.data[k] = image.data[row + Math.min(x, image.width - 1)];
      }
    }
  }
  return result;
}

function clippedTo(sink: Sink, scale: number, image: Planes): Sink {
  return (values, part, top, left) =>
    sink(
      values,
      {
        ...part,
        height: Math.min(part.height, scale * image.height - top),
        width: Math.min(part.width, scale * image.width - left),
      },
      top,
      left,
    );
}
