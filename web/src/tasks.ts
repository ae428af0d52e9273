// What threads do with one tile of a picture: the stages of a generator.
//
// Pictures and features lie in memory pixel by pixel, all channels of one side by side.

import type {Kernels} from "./kernels";
import type {Placed} from "./layers";

/** How a picture is divided. */
export interface Grid {
  height: number;
  width: number;
  /** Of a tile, and how many stand side by side. */
  rows: number;
  columns: number;
  across: number;
  count: number;
}

interface Common {
  grid: Grid;
  /** Channels of features. */
  channels: number;
}

/** From the picture to the features before the blocks. */
export interface Head extends Common {
  kind: "head";
  lr: number;
  gradient: boolean;
  layer: Placed;
  to: number;
}

/** What a block adds to its input, before the gate, and its sums tile by tile. */
export interface Block extends Common {
  kind: "block";
  from: number;
  slope: number;
  level1: [of3: Placed, of5: Placed];
  level2: [of3: Placed, of5: Placed];
  fusion: [of3: Placed, of5: Placed];
  added: number;
  sums: number;
}

/** Features get what a block adds, by its gate. */
export interface Gated extends Common {
  kind: "gated";
  to: number;
  added: number;
  gate: number;
}

/** A gradient map of the image's features goes into the gradient's. */
export interface Pass extends Common {
  kind: "pass";
  image: number;
  gradient: number;
  layer: Placed;
}

/** From the features after the blocks to the result. */
export interface Tail extends Common {
  kind: "tail";
  lr: number;
  features: number[];
  trunk: Placed;
  pixels: Placed;
  scale: number;
  skip: boolean;
  gray: boolean;
  to: number;
}

export type Task = Head | Block | Gated | Pass | Tail;

/** Floats of a pixel of the picture. */
export const LR = 4;
// Pixels a side that are computed together of a 3x3 and of a 5x5 convolution, from 8x8.
const OF_3 = 6;
const OF_5 = 4;
const MIXED = 8;
// Rows of a product.
const ROWS = 6;

/** Tiles of about one size. */
export function gridOf(height: number, width: number, rows: number, columns: number): Grid {
  // Whole tiles of both convolutions.
  const even = (size: number, most: number): number =>
    Math.ceil(size / Math.ceil(size / most) / (2 * OF_3)) * 2 * OF_3;
  const tile = {rows: even(height, rows), columns: even(width, columns)};
  const across = Math.ceil(width / tile.columns);
  return {height, width, ...tile, across, count: across * Math.ceil(height / tile.rows)};
}

interface Tile {
  top: number;
  left: number;
  rows: number;
  columns: number;
}

function tileOf({height, width, rows, columns, across}: Grid, number: number): Tile {
  const top = Math.floor(number / across) * rows;
  const left = (number % across) * columns;
  return {top, left, rows: Math.min(rows, height - top), columns: Math.min(columns, width - left)};
}

/** How far a 3x3 convolution reads for so many results. */
const reach3 = (size: number): number => Math.ceil(size / OF_3) * OF_3 + MIXED - OF_3;
const reach5 = (size: number): number => Math.ceil(size / OF_5) * OF_5 + MIXED - OF_5;
/** As far as both read; the smaller one begins a pixel later. */
const reach = (size: number): number => Math.max(reach5(size), 1 + reach3(size));
const products = (count: number): number => Math.ceil(count / ROWS) * ROWS;

/** Bytes that a tile of a task takes to work in. */
export function scratchOf(kernels: Kernels, task: Task): number {
  const {rows, columns} = task.grid;
  const {channels} = task;
  const pixels = rows * columns;
  switch (task.kind) {
    case "gated":
      return 0;
    case "head":
      return 4 * reach3(rows) * reach3(columns) * LR + kernels.convolveScratch(LR, channels);
    case "pass":
      return 4 * products(pixels) * 3 * channels;
    case "block": {
      const level2 = reach(rows) * reach(columns) * 2 * channels;
      const level1 = reach(reach(rows)) * reach(reach(columns)) * channels;
      const {inputs, outputs} = task.level2[0];
      return 4 * (level1 + level2) + kernels.convolveScratch(inputs, outputs);
    }
    case "tail": {
      const {trunk, pixels: last} = task;
      const fused = reach3(rows) * reach3(columns) * channels;
      const read = reach3(reach3(rows)) * reach3(reach3(columns)) * trunk.inputs;
      const work = Math.max(
        kernels.convolveScratch(trunk.inputs, trunk.outputs),
        kernels.convolveScratch(last.inputs, last.outputs),
      );
      return 4 * (fused + read + pixels * last.outputs) + work;
    }
  }
}

export function perform(kernels: Kernels, task: Task, number: number, scratch: number): void {
  const tile = tileOf(task.grid, number);
  if (task.kind === "block") block(kernels, task, tile, number, scratch);
  else if (task.kind === "gated") gated(kernels, task, tile);
  else if (task.kind === "pass") pass(kernels, task, tile, scratch);
  else if (task.kind === "head") head(kernels, task, tile, scratch);
  else tail(kernels, task, tile, scratch);
}

function head(kernels: Kernels, {grid, channels, lr, gradient, layer, to}: Head, tile: Tile, scratch: number): void {
  const {height, width} = grid;
  const {top, left, rows, columns} = tile;
  const across = reach3(columns);
  const down = reach3(rows);
  const work = scratch + 4 * down * across * LR;
  kernels.region(lr, height, width, LR, gradient, top - 1, left - 1, down, across, scratch, LR);
  kernels.convolve(
    OF_3, scratch, across, LR, layer.kernels, layer.bias, layer.outputs, 1, 0, 0, 0,
    to + 4 * (top * width + left) * channels, width, channels, rows, columns, false, work,
  );
}

function block(kernels: Kernels, task: Block, {top, left, rows, columns}: Tile, number: number, scratch: number): void {
  const {grid: {height, width}, channels, from, slope, level1, level2, fusion, added, sums} = task;
  const down = reach(rows);
  const across = reach(columns);
  const wide = reach(across);
  const second = scratch + 4 * reach(down) * wide * channels;
  const work = second + 4 * down * across * 2 * channels;
  // The smaller convolutions begin a pixel later.
  const inside = (width: number, channels: number): number => 4 * (width + 1) * channels;
  kernels.region(from, height, width, channels, false, top - 4, left - 4, reach(down), wide, scratch, channels);
  [OF_3, OF_5].forEach((results, k) => {
    const {kernels: mixed, bias, outputs} = level1[k];
    kernels.convolve(
      results, scratch + (k === 0 ? inside(wide, channels) : 0), wide, channels, mixed, bias, outputs, slope,
      0, 0, 0, second + 4 * k * channels, across, 2 * channels, down, across, false, work,
    );
  });
  if (top < 2 || left < 2 || top - 2 + down > height || left - 2 + across > width) {
    kernels.clear(second, 2 * channels, top - 2, left - 2, down, across, height, width);
  }
  const to = added + 4 * (top * width + left) * channels;
  [OF_3, OF_5].forEach((results, k) => {
    const {kernels: mixed, bias, outputs} = level2[k];
    kernels.convolve(
      results, second + (k === 0 ? inside(across, 2 * channels) : 0), across, 2 * channels, mixed, bias, outputs,
      slope, fusion[k].kernels, fusion[k].bias, channels, to, width, channels, rows, columns, k > 0, work,
    );
  });
  kernels.sums(to, width, channels, rows, columns, sums + 8 * number * channels);
}

function gated(kernels: Kernels, {grid: {width}, channels, to, added, gate}: Gated, tile: Tile): void {
  for (let y = tile.top; y < tile.top + tile.rows; y++) {
    const place = 4 * (y * width + tile.left) * channels;
    kernels.addGated(to + place, added + place, gate, channels, tile.columns);
  }
}

function pass(kernels: Kernels, task: Pass, {top, left, rows, columns}: Tile, scratch: number): void {
  const {grid: {height, width}, channels, image, gradient, layer} = task;
  const both = 2 * channels;
  const region = (from: number, isMap: boolean, to: number): void =>
    kernels.region(from, height, width, channels, isMap, top, left, rows, columns, to, both);
  region(gradient, false, scratch);
  region(image, true, scratch + 4 * channels);
  const count = products(rows * columns);
  const result = scratch + 4 * count * both;
  kernels.multiply(scratch, 4 * both, layer.kernels, result, 4 * channels, count, channels, both, layer.bias, false);
  kernels.place(result, columns, channels, gradient + 4 * (top * width + left) * channels, width, rows, columns);
}

function tail(kernels: Kernels, task: Tail, {top, left, rows, columns}: Tile, scratch: number): void {
  const {grid: {height, width}, channels, lr, features, trunk, pixels, scale, skip, gray, to} = task;
  const down = reach3(rows);
  const across = reach3(columns);
  const high = reach3(down);
  const wide = reach3(across);
  const fused = scratch + 4 * high * wide * trunk.inputs;
  const last = fused + 4 * down * across * channels;
  const work = last + 4 * rows * columns * pixels.outputs;
  const region = (from: number, count: number, isMap: boolean, place: number): void =>
    kernels.region(from, height, width, count, isMap, top - 2, left - 2, high, wide, scratch + 4 * place, trunk.inputs);
  features.forEach((from, k) => region(from, channels, false, k * channels));
  region(lr, LR, false, features.length * channels);
  if (features.length > 1) region(lr, LR, true, features.length * channels + LR);
  kernels.convolve(
    OF_3, scratch, wide, trunk.inputs, trunk.kernels, trunk.bias, trunk.outputs, 1, 0, 0, 0,
    fused, across, channels, down, across, false, work,
  );
  kernels.clear(fused, channels, top - 1, left - 1, down, across, height, width);
  kernels.convolve(
    OF_3, fused, across, channels, pixels.kernels, pixels.bias, pixels.outputs, 1, 0, 0, 0,
    last, columns, pixels.outputs, rows, columns, false, work,
  );
  const samples = gray ? 1 : 3;
  const row = scale * width * samples;
  kernels.toBytes(
    last, pixels.outputs, rows, columns, scale, skip ? lr + 4 * (top * width + left) * LR : 0, width, gray,
    to + scale * top * row + scale * left * samples, row,
  );
}
