// Gray and alpha around a model that knows RGB alone: keras_dgggan/images/channels.py in 8 bits.

import type {Report} from "./generator";
import {Planes} from "./planes";

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
  data: Uint8ClampedArray;
}

/** What a model gives: samples of RGB, or of its mean. */
export interface Samples {
  samples: Uint8ClampedArray;
  /** Whether tiles were blended. */
  blended: boolean;
}

/** A model, whatever computes it. */
export interface Upscaler {
  scale: number;
  /** Bytes that a picture takes for each of its pixels, about. */
  bytesPerPixel: number;
  /** `image`: planes of RGB in [0, 1]; `gray`: give the mean of the colours. */
  run(image: Planes, gray: boolean, report: Report): Promise<Samples>;
}

// Pixels around a place that are all opaque, or all hidden, where its enlargement is so too.
const REACH = 2;

export async function upscale(
  model: Upscaler,
  picture: Picture,
  report: Report,
): Promise<{pixels: Pixels; blended: boolean}> {
  const {width, height, rgba, gray} = picture;
  const {scale} = model;
  const alpha = alphaOf(rgba);
  const transparent = alpha !== 255;
  const size = {width: scale * width, height: scale * height};
  const runs = alpha === undefined ? 2 : 1;
  const of = (number: number): Report => (done) => report((number + done) / runs);

  const planes = coloursOf(rgba, width, height, transparent);
  const {samples, blended} = await model.run(planes, gray, of(0));
  const colours = gray ? 1 : 3;
  if (!transparent) return {pixels: {...size, channels: colours, data: samples}, blended};
  const channels = gray ? 2 : 4;
  const data = new Uint8ClampedArray((samples.length / colours) * channels);
  for (let from = 0, to = 0; from < samples.length; from += colours, to += channels) {
    for (let c = 0; c < colours; c++) data[to + c] = samples[from + c];
  }
  const pixels: Pixels = {...size, channels, data};
  if (alpha === undefined) await upscaleAlpha(model, picture, pixels, of(1));
  else for (let k = channels - 1; k < data.length; k += channels) data[k] = alpha;
  return {pixels, blended};
}

/** The model's enlargement of alpha into that of pixels. */
async function upscaleAlpha(
  model: Upscaler,
  {width, height, rgba}: Picture,
  {channels, data}: Pixels,
  report: Report,
): Promise<void> {
  const {scale} = model;
  const count = width * height;
  const planes = new Planes(3, height, width);
  const alpha = new Uint8Array(count);
  for (let k = 0; k < count; k++) {
    alpha[k] = rgba[4 * k + 3];
    planes.data[k] = planes.data[count + k] = planes.data[2 * count + k] = alpha[k] / 255;
  }
  const {samples} = await model.run(planes, true, report);
  // A network leaves traces where alpha is 0 or 1 all around.
  const hidden = extreme(alpha, width, height, Math.max);
  const opaque = extreme(alpha, width, height, Math.min);
  for (let y = 0, from = 0, to = channels - 1; y < scale * height; y++) {
    const row = Math.floor(y / scale) * width;
    for (let x = 0; x < scale * width; x++, from++, to += channels) {
      const place = row + Math.floor(x / scale);
      data[to] = hidden[place] === 0 ? 0 : opaque[place] === 255 ? 255 : samples[from];
    }
  }
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
