// What threads do with one tile of a picture: the stages of a generator.
//
// Pictures and features lie in memory pixel by pixel, all channels of one side by side.

import {type Common, LR, OF_3, OF_5, type Tile, products, reach, reach3, tileOf} from "./grid";
import type {Kernels} from "./kernels";
import type {Placed} from "./layers";
import {
  type EnlargingTail,
  type Tail,
  enlargingScratch,
  enlargingTail,
  tail,
  tailScratch,
} from "./tails";

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

export type Task = Head | Block | Gated | Pass | Tail | EnlargingTail;

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
    case "tail":
      return tailScratch(kernels, task);
    case "enlarging tail":
      return enlargingScratch(kernels, task);
  }
}

export function perform(kernels: Kernels, task: Task, number: number, scratch: number): void {
  const tile = tileOf(task.grid, number);
  if (task.kind === "block") block(kernels, task, tile, number, scratch);
  else if (task.kind === "gated") gated(kernels, task, tile);
  else if (task.kind === "pass") pass(kernels, task, tile, scratch);
  else if (task.kind === "head") head(kernels, task, tile, scratch);
  else if (task.kind === "tail") tail(kernels, task, tile, scratch);
  else enlargingTail(kernels, task, tile, scratch);
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
