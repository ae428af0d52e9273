// The last stages of a generator: from the features after the blocks to the result.

import {type Common, LR, OF_3, type Tile, reach3} from "./grid";
import type {Kernels} from "./kernels";
import type {Placed} from "./layers";

interface AnyTail extends Common {
  lr: number;
  /** By branch. */
  features: number[];
  pixels: Placed;
  scale: number;
  /** Whether the picture itself is added. */
  skip: boolean;
  gray: boolean;
  to: number;
}

/** All pixels of an enlarged pixel are channels of the last convolution's result. */
export interface Tail extends AnyTail {
  kind: "tail";
  trunk: Placed;
}

/** Features are enlarged and convolved, step by step. */
export interface EnlargingTail extends AnyTail {
  kind: "enlarging tail";
  /** Of each branch, as the layers of the steps. */
  trunks: Placed[];
  steps: {factor: number; layers: Placed[]}[];
  slope: number;
}

/** A part of a picture, or of an enlarged one. */
type Region = Tile;

/** What a 3x3 convolution reads for a region of results. */
function around({top, left, rows, columns}: Region): Region {
  return {top: top - 1, left: left - 1, rows: reach3(rows), columns: reach3(columns)};
}

const area = ({rows, columns}: Region): number => rows * columns;

export function tailScratch(kernels: Kernels, {grid, channels, trunk, pixels}: Tail): number {
  const tile = {top: 0, left: 0, rows: grid.rows, columns: grid.columns};
  const fused = around(tile);
  return (
    4 * (area(fused) * channels + area(around(fused)) * trunk.inputs + area(tile) * pixels.outputs) +
    Math.max(kernels.convolveScratch(trunk.inputs, trunk.outputs), kernels.convolveScratch(channels, pixels.outputs))
  );
}

export function tail(kernels: Kernels, task: Tail, tile: Tile, scratch: number): void {
  const {channels, trunk, pixels, scale, features, lr} = task;
  const fused = around(tile);
  const read = around(fused);
  const place = scratch + 4 * area(read) * trunk.inputs;
  const last = place + 4 * area(fused) * channels;
  const work = last + 4 * area(tile) * pixels.outputs;
  const take = taking(kernels, task, read, scratch, trunk.inputs);
  const maps = features.length * channels;
  features.forEach((from, k) => take(from, channels, false, k * channels));
  take(lr, LR, false, maps);
  if (features.length > 1) take(lr, LR, true, maps + LR);
  convolve(kernels, trunk, scratch, read, 1, place, channels, fused, work);
  clear(kernels, task, place, channels, fused, 1);
  convolve(kernels, pixels, place, fused, 1, last, pixels.outputs, tile, work);
  write(kernels, task, last, tile, tile, scale, 1);
}

/** The regions of a tile in order: of the trunk's result, and of each step's. */
function regionsOf({scale, steps}: EnlargingTail, {top, left, rows, columns}: Tile): Region[] {
  const whole = {top: scale * top, left: scale * left, rows: scale * rows, columns: scale * columns};
  const regions = [around(whole)];
  for (const {factor} of [...steps].reverse()) {
    const enlarged = around(regions[0]);
    const first = (at: number): number => Math.floor(at / factor);
    const length = (at: number, size: number): number => first(at + size - 1) - first(at) + 1;
    regions.unshift({
      top: first(enlarged.top),
      left: first(enlarged.left),
      rows: length(enlarged.top, enlarged.rows),
      columns: length(enlarged.left, enlarged.columns),
    });
  }
  return regions;
}

/** Places of what a tile needs, in floats: what is read and what comes out, step by step. */
function layout(task: EnlargingTail, tile: Tile): {regions: Region[]; read: number[]; out: number[]; last: number; end: number} {
  const {channels, trunks, steps, pixels, scale} = task;
  const regions = regionsOf(task, tile);
  let end = 0;
  const take = (floats: number): number => (end += floats) - floats;
  const read = regions.map((region, k) => take(area(around(region)) * (k === 0 ? trunks[0].inputs : channels)));
  const out = regions.map((region, k) => take(area(region) * (k === steps.length ? pixels.inputs : channels)));
  const last = take(area(tile) * scale * scale * pixels.outputs);
  return {regions, read, out, last, end};
}

export function enlargingScratch(kernels: Kernels, task: EnlargingTail): number {
  const {trunks, pixels, channels} = task;
  const work = [trunks[0].inputs, pixels.inputs].map((inputs) => kernels.convolveScratch(inputs, channels));
  const {rows, columns} = task.grid;
  return 4 * layout(task, {top: 0, left: 0, rows, columns}).end + Math.max(...work);
}

export function enlargingTail(kernels: Kernels, task: EnlargingTail, tile: Tile, scratch: number): void {
  const {grid, channels, lr, features, trunks, steps, pixels, scale, slope} = task;
  const {regions, ...places} = layout(task, tile);
  const [read, out] = [places.read, places.out].map((floats) => floats.map((at) => scratch + 4 * at));
  const last = scratch + 4 * places.last;
  const work = scratch + 4 * places.end;
  const whole = out[steps.length];
  const final = regions[steps.length];
  features.forEach((from, branch) => {
    const trunk = trunks[branch];
    const take = taking(kernels, task, around(regions[0]), read[0], trunk.inputs);
    take(from, channels, false, 0);
    take(lr, LR, branch > 0, channels);
    convolve(kernels, trunk, read[0], around(regions[0]), 1, out[0], channels, regions[0], work);
    clear(kernels, task, out[0], channels, regions[0], 1);
    let enlarged = 1;
    steps.forEach(({factor, layers}, k) => {
      const {top, left, columns} = regions[k];
      const over = around(regions[k + 1]);
      const isLast = k + 1 === steps.length;
      const to = isLast ? whole + 4 * branch * channels : out[k + 1];
      enlarged *= factor;
      kernels.enlarge(out[k], top, left, columns, channels, factor, over.top, over.left, over.rows, over.columns, read[k + 1]);
      convolve(
        kernels, layers[branch], read[k + 1], over, slope, to, isLast ? pixels.inputs : channels, regions[k + 1], work,
      );
      if (!isLast) clear(kernels, task, to, channels, regions[k + 1], enlarged);
    });
  });
  clear(kernels, task, whole, pixels.inputs, final, scale);
  kernels.inside(
    whole + 4 * features.length * channels, pixels.inputs, final.top, final.left, final.rows, final.columns,
    scale * grid.height, scale * grid.width,
  );
  const result = {...tile, rows: scale * tile.rows, columns: scale * tile.columns};
  convolve(kernels, pixels, whole, final, 1, last, pixels.outputs, result, work);
  write(kernels, task, last, tile, result, 1, scale);
}

/** What puts channels of a picture or of its gradient map into those of a region. */
function taking(kernels: Kernels, {grid}: AnyTail, region: Region, place: number, inputs: number) {
  const {top, left, rows, columns} = region;
  return (from: number, count: number, isMap: boolean, at: number): void =>
    kernels.region(from, grid.height, grid.width, count, isMap, top, left, rows, columns, place + 4 * at, inputs);
}

function convolve(
  kernels: Kernels, {kernels: mixed, bias, inputs, outputs}: Placed, from: number, read: Region, slope: number,
  to: number, channels: number, region: Region, work: number,
): void {
  kernels.convolve(
    OF_3, from, read.columns, inputs, mixed, bias, outputs, slope, 0, 0, 0,
    to, region.columns, channels, region.rows, region.columns, false, work,
  );
}

/** Convolutions read zero beyond a picture. */
function clear(kernels: Kernels, {grid}: AnyTail, to: number, channels: number, region: Region, factor: number): void {
  const {top, left, rows, columns} = region;
  kernels.clear(to, channels, top, left, rows, columns, factor * grid.height, factor * grid.width);
}

/** Write blocks of pixels, which are `side` of the result's wide, into it. */
function write(
  kernels: Kernels, {grid: {width}, pixels, scale, skip, gray, lr, to}: AnyTail, from: number,
  {top, left}: Tile, {rows, columns}: Region, side: number, step: number,
): void {
  const samples = gray ? 1 : 3;
  const row = scale * width * samples;
  kernels.toBytes(
    from, pixels.outputs, rows, columns, side, skip ? lr + 4 * (top * width + left) * LR : 0, width, step, gray,
    to + scale * top * row + scale * left * samples, row,
  );
}
