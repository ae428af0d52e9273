// Gray and alpha around a model that knows RGB alone: keras_dgggan/images/channels.py in 8 bits.

import type {Model} from "./model";
import {Planes} from "./planes";
import {type Report, run} from "./run";

/** A picture's pixels, RGBA with alpha not multiplied in. */
export interface Picture {
  width: number;
  height: number;
  rgba: Uint8ClampedArray;
  gray: boolean;
  notes: string[];
}

/** Pixels of gray, gray and alpha, RGB, or RGB and alpha. */
export interface Pixels {
  width: number;
  height: number;
  channels: 1 | 2 | 3 | 4;
  /** What is written here is rounded and clipped. */
  data: Uint8ClampedArray;
}

// Pixels around a place that are all opaque, or all hidden, where its enlargement is so too.
const REACH = 2;

export async function upscale(
  model: Model,
  picture: Picture,
  report: Report,
): Promise<{pixels: Pixels; blended: boolean}> {
  const {width, height, rgba, gray} = picture;
  const scale = model.header.scale;
  const alpha = alphaOf(rgba);
  const transparent = alpha !== 255;
  const colours = gray ? 1 : 3;
  const channels = (colours + (transparent ? 1 : 0)) as Pixels["channels"];
  const pixels: Pixels = {
    width: scale * width,
    height: scale * height,
    channels,
    data: new Uint8ClampedArray(scale * width * scale * height * channels),
  };
  const runs = alpha === undefined ? 2 : 1;
  const of = (number: number): Report => (done) => report((number + done) / runs);

  const planes = coloursOf(rgba, width, height, transparent);
  const blended = await run(
    model,
    planes,
    (values, part, top, left) => {
      const plane = values.height * values.width;
      const floats = values.data;
      const bytes = pixels.data;
      for (let y = 0; y < part.height; y++) {
        let from = (part.y + y) * values.width + part.x;
        let to = ((top + y) * pixels.width + left) * channels;
        for (let x = 0; x < part.width; x++, from++, to += channels) {
          const r = floats[from];
          const g = floats[plane + from];
          const b = floats[2 * plane + from];
          if (gray) bytes[to] = 85 * (r + g + b);
          else {
            bytes[to] = 255 * r;
            bytes[to + 1] = 255 * g;
            bytes[to + 2] = 255 * b;
          }
        }
      }
    },
    of(0),
  );
  if (alpha === undefined) await upscaleAlpha(model, rgba, width, height, pixels, of(1));
  else if (transparent) {
    for (let k = channels - 1; k < pixels.data.length; k += channels) pixels.data[k] = alpha;
  }
  return {pixels, blended};
}

async function upscaleAlpha(
  model: Model,
  rgba: Uint8ClampedArray,
  width: number,
  height: number,
  pixels: Pixels,
  report: Report,
): Promise<void> {
  const scale = model.header.scale;
  const count = width * height;
  const planes = new Planes(3, height, width);
  const alpha = new Uint8Array(count);
  for (let k = 0; k < count; k++) {
    alpha[k] = rgba[4 * k + 3];
  }
  for (let k = 0; k < count; k++) {
    const value = alpha[k] / 255;
    planes.data[k] = planes.data[count + k] = planes.data[2 * count + k] = value;
  }
  // A network leaves traces where alpha is 0 or 1 all around.
  const hidden = extreme(alpha, width, height, Math.max);
  const opaque = extreme(alpha, width, height, Math.min);
  await run(
    model,
    planes,
    (values, part, top, left) => {
      const plane = values.height * values.width;
      for (let y = 0; y < part.height; y++) {
        let from = (part.y + y) * values.width + part.x;
        const row = Math.floor((top + y) / scale) * width;
        let to = ((top + y) * pixels.width + left + 1) * pixels.channels - 1;
        for (let x = 0; x < part.width; x++, from++, to += pixels.channels) {
          const place = row + Math.floor((left + x) / scale);
          if (hidden[place] === 0) pixels.data[to] = 0;
          else if (opaque[place] === 255) pixels.data[to] = 255;
          else {
            const sum = values.data[from] + values.data[plane + from] + values.data[2 * plane + from];
            pixels.data[to] = 85 * sum;
          }
        }
      }
    },
    report,
  );
}

/** The alpha that all pixels have; undefined where it varies. */
function alphaOf(rgba: Uint8ClampedArray): number | undefined {
  const first = rgba[3];
  for (let k = 3; k < rgba.length; k += 4) if (rgba[k] !== first) return undefined;
  return first;
}

/** Planes of RGB in [0, 1]; hidden pixels have the colours of the visible ones around. */
function coloursOf(rgba: Uint8ClampedArray, width: number, height: number, alpha: boolean): Planes {
  const count = width * height;
  const planes = new Planes(3, height, width);
  for (let k = 0; k < count; k++) {
    for (let c = 0; c < 3; c++) planes.data[c * count + k] = rgba[4 * k + c];
  }
  if (alpha) extend(planes, (k) => rgba[4 * k + 3] > 0);
  for (let k = 0; k < planes.data.length; k++) planes.data[k] /= 255;
  return planes;
}

/** Give hidden pixels the mean of the known ones around, ring by ring. */
export function extend(planes: Planes, visible: (place: number) => boolean): void {
  const {width, height, data} = planes;
  const count = width * height;
  // 0: unknown, 1: known, 2: in the ring at hand.
  const state = new Uint8Array(count);
  let left = count;
  for (let k = 0; k < count; k++) {
    if (visible(k)) {
      state[k] = 1;
      left--;
    }
  }
  if (left === 0 || left === count) return;
  const around = (place: number, visit: (near: number) => void): void => {
    const y = Math.floor(place / width);
    const x = place - y * width;
    for (let v = Math.max(y - 1, 0); v <= Math.min(y + 1, height - 1); v++) {
      for (let u = Math.max(x - 1, 0); u <= Math.min(x + 1, width - 1); u++) visit(v * width + u);
    }
  };
  let ring: number[] = [];
  for (let k = 0; k < count; k++) {
    if (state[k] !== 0) continue;
    let touches = false;
    around(k, (near) => (touches ||= state[near] === 1));
    if (touches) ring.push(k);
  }
  while (ring.length > 0) {
    for (const place of ring) {
      let known = 0;
      let r = 0;
      let g = 0;
      let b = 0;
      around(place, (near) => {
        if (state[near] !== 1) return;
        known++;
        r += data[near];
        g += data[count + near];
        b += data[2 * count + near];
      });
      data[place] = r / known;
      data[count + place] = g / known;
      data[2 * count + place] = b / known;
    }
    for (const place of ring) state[place] = 1;
    const next: number[] = [];
    for (const place of ring) {
      around(place, (near) => {
        if (state[near] !== 0) return;
        state[near] = 2;
        next.push(near);
      });
    }
    ring = next;
  }
}

/** The minimum or maximum around every pixel. */
function extreme(
  plane: Uint8Array,
  width: number,
  height: number,
  pick: (a: number, b: number) => number,
): Uint8Array {
  const lines = new Uint8Array(plane.length);
  const result = new Uint8Array(plane.length);
  for (let y = 0, k = 0; y < height; y++) {
    for (let x = 0; x < width; x++, k++) {
      let value = plane[k];
      for (let u = Math.max(x - REACH, 0); u <= Math.min(x + REACH, width - 1); u++) {
        value = pick(value, plane[y * width + u]);
      }
      lines[k] = value;
    }
  }
  for (let y = 0, k = 0; y < height; y++) {
    for (let x = 0; x < width; x++, k++) {
      let value = lines[k];
      for (let v = Math.max(y - REACH, 0); v <= Math.min(y + REACH, height - 1); v++) {
        value = pick(value, lines[v * width + x]);
      }
      result[k] = value;
    }
  }
  return result;
}
