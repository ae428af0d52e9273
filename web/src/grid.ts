// Tiles of a picture, and how far the convolutions of one read.

/** Floats of a pixel of the picture. */
export const LR = 4;
// Pixels a side that are computed together of a 3x3 and of a 5x5 convolution, from 8x8.
export const OF_3 = 6;
export const OF_5 = 4;
const MIXED = 8;
// Rows of a product.
const ROWS = 6;

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

/** What all tasks have. */
export interface Common {
  grid: Grid;
  /** Channels of features. */
  channels: number;
}

/** Tiles of about one size. */
export function gridOf(height: number, width: number, rows: number, columns: number): Grid {
  // Whole tiles of both convolutions.
  const even = (size: number, most: number): number =>
    Math.ceil(size / Math.ceil(size / most) / (2 * OF_3)) * 2 * OF_3;
  const tile = {rows: even(height, rows), columns: even(width, columns)};
  const across = Math.ceil(width / tile.columns);
  return {height, width, ...tile, across, count: across * Math.ceil(height / tile.rows)};
}

/** One of them. */
export interface Tile {
  top: number;
  left: number;
  rows: number;
  columns: number;
}

export function tileOf({height, width, rows, columns, across}: Grid, number: number): Tile {
  const top = Math.floor(number / across) * rows;
  const left = (number % across) * columns;
  return {top, left, rows: Math.min(rows, height - top), columns: Math.min(columns, width - left)};
}

/** How far a 3x3 convolution reads for so many results. */
export const reach3 = (size: number): number => Math.ceil(size / OF_3) * OF_3 + MIXED - OF_3;
const reach5 = (size: number): number => Math.ceil(size / OF_5) * OF_5 + MIXED - OF_5;
/** As far as both read; the smaller one begins a pixel later. */
export const reach = (size: number): number => Math.max(reach5(size), 1 + reach3(size));
/** Rows of whole products. */
export const products = (count: number): number => Math.ceil(count / ROWS) * ROWS;

