"use strict";
(() => {
  // src/planes.ts
  var Planes = class _Planes {
    constructor(channels, height, width, data) {
      this.channels = channels;
      this.height = height;
      this.width = width;
      this.data = data ?? new Float32Array(channels * height * width);
    }
    channels;
    height;
    width;
    data;
    /** A copy of the window that two spans read. */
    window(rows, columns) {
      const height = rows.outerStop - rows.outerStart;
      const width = columns.outerStop - columns.outerStart;
      if (height === this.height && width === this.width) return this;
      const result = new _Planes(this.channels, height, width);
      for (let c = 0, to = 0; c < this.channels; c++) {
        for (let y = 0; y < height; y++, to += width) {
          const from = (c * this.height + rows.outerStart + y) * this.width + columns.outerStart;
          result.data.set(this.data.subarray(from, from + width), to);
        }
      }
      return result;
    }
    /** Write the part of a window's result that its spans are responsible for. */
    place(values, rows, columns) {
      const width = columns.stop - columns.start;
      for (let c = 0; c < this.channels; c++) {
        for (let y = rows.start; y < rows.stop; y++) {
          const from = (c * values.height + y - rows.outerStart) * values.width + columns.start - columns.outerStart;
          const to = (c * this.height + y) * this.width + columns.start;
          this.data.set(values.data.subarray(from, from + width), to);
        }
      }
    }
  };

  // src/tiles.ts
  function spans(size, tile, halo) {
    const count = Math.max(1, Math.ceil((size - 2 * halo) / tile));
    const length = Math.min(Math.ceil((size + (count - 1) * 2 * halo) / count), size);
    const result = [];
    for (let start2 = 0; start2 < size; ) {
      const outerStart = Math.min(Math.max(start2 - halo, 0), size - length);
      const outerStop = outerStart + length;
      const stop = outerStop === size ? size : outerStop - halo;
      result.push({ start: start2, stop, outerStart, outerStop });
      start2 = stop;
    }
    return result;
  }
  function starts(length, tile, overlap) {
    if (length <= tile) return [0];
    const count = Math.ceil((length - overlap) / (tile - overlap));
    return Array.from({ length: count }, (_, i) => Math.round(i * (length - tile) / (count - 1)));
  }
  function blendWeights(positions, tile, length, overlap, scale, unused) {
    const ramp = Math.max(scale * (overlap - 2 * unused), 1);
    const total = new Float64Array(scale * length);
    const windows = positions.map((start2) => {
      const window = new Float64Array(scale * tile);
      for (let k = 0; k < window.length; k++) {
        const left = start2 > 0 ? k + 0.5 - scale * unused : Infinity;
        const right = start2 + tile < length ? window.length - k - 0.5 - scale * unused : Infinity;
        window[k] = Math.min(Math.max(Math.min(left, right), 0), ramp);
        total[scale * start2 + k] += window[k];
      }
      return window;
    });
    return windows.map(
      (window, i) => Float32Array.from(window, (value, k) => value / total[scale * positions[i] + k])
    );
  }

  // src/run.ts
  var TILE = 256;
  var OVERLAP = 24;
  async function run(model, image, sink, report) {
    const { stages, minimum, multiple, scale } = model.header;
    if (stages) {
      await new Exact(model, stages, image, report).run(sink);
      return false;
    }
    const taken = (size) => Math.ceil(Math.max(size, minimum) / multiple) * multiple;
    const padded = extendedTo(image, taken(image.height), taken(image.width));
    return blended(model, padded, clippedTo(sink, scale, image), report);
  }
  var Exact = class {
    constructor(model, stages, image, report) {
      this.model = model;
      this.stages = stages;
      this.image = image;
      this.report = report;
      const { branches, blocks, passes, costs } = stages;
      this.total = (costs.head + branches.length * blocks * costs.block + passes.length * costs.pass + costs.tail) * image.height * image.width;
    }
    model;
    stages;
    image;
    report;
    done = 0;
    total;
    async run(sink) {
      const { filters, branches, blocks, passes, halos, costs, largestTail } = this.stages;
      const { height, width } = this.image;
      const maps = Object.fromEntries(branches.map((b) => [b, new Planes(filters, height, width)]));
      const head = { part: "heads", halo: halos.head, cost: costs.head };
      await this.tiles(head, [this.image], (results, rows, columns) => {
        for (const b of branches) maps[b].place(results[b], rows, columns);
      });
      const added = new Planes(filters, height, width);
      for (let i = 1; i <= blocks; i++) {
        for (const b of branches) {
          const stage = { part: `${b}_${i}`, halo: halos.block, cost: costs.block };
          await this.tiles(
            stage,
            [maps[b]],
            ({ features }, rows, columns) => added.place(features, rows, columns)
          );
          this.addGated(maps[b], added, `${b}_${i}_gate`);
        }
        if (passes.includes(i)) {
          const stage = { part: `pass_${i}`, halo: halos.pass, cost: costs.pass };
          await this.tiles(
            stage,
            branches.map((b) => maps[b]),
            ({ gradient }, rows, columns) => maps.gradient.place(gradient, rows, columns)
          );
        }
      }
      const tail = { part: "tail", halo: halos.tail, cost: costs.tail, largest: largestTail };
      const scale = this.model.header.scale;
      await this.tiles(
        tail,
        [this.image, ...branches.map((b) => maps[b])],
        ({ image }, rows, columns) => sink(
          image,
          {
            y: scale * (rows.start - rows.outerStart),
            x: scale * (columns.start - columns.outerStart),
            height: scale * (rows.stop - rows.start),
            width: scale * (columns.stop - columns.start)
          },
          scale * rows.start,
          scale * columns.start
        )
      );
    }
    async tiles(stage, maps, take) {
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
    addGated(features, added, gatePart) {
      const { filters } = this.stages;
      const count = features.height * features.width;
      const { data } = features;
      const changes = added.data;
      let gate;
      if (this.model.has(gatePart)) {
        const means = new Float64Array(filters);
        for (let c = 0, k = 0; c < filters; c++) {
          let sum = 0;
          for (let n = 0; n < count; n++, k++) sum += changes[k];
          means[c] = sum / count;
        }
        gate = excitation(means, this.model.floats(gatePart));
      }
      for (let c = 0, k = 0; c < filters; c++) {
        const factor = gate ? gate[c] : 1;
        for (let n = 0; n < count; n++, k++) data[k] += changes[k] * factor;
      }
    }
  };
  function excitation(means, weights) {
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
  async function blended(model, image, sink, report) {
    const { scale, multiple } = model.header;
    const { height, width } = image;
    const graph = await model.graph("whole");
    const tile = Math.ceil((TILE + 2 * OVERLAP) / multiple) * multiple;
    const tops = starts(height, tile, 2 * OVERLAP);
    const lefts = starts(width, tile, 2 * OVERLAP);
    const rows = Math.min(tile, height);
    const columns = Math.min(tile, width);
    const rowWeights = blendWeights(tops, rows, height, 2 * OVERLAP, scale, OVERLAP / 2);
    const columnWeights = blendWeights(lefts, columns, width, 2 * OVERLAP, scale, OVERLAP / 2);
    let pending = new Planes(3, scale * rows, scale * width);
    let done = 0;
    for (let r = 0; r < tops.length; r++) {
      for (let c = 0; c < lefts.length; c++) {
        const span = (start2, length) => ({
          start: start2,
          stop: start2 + length,
          outerStart: start2,
          outerStop: start2 + length
        });
        const window = image.window(span(tops[r], rows), span(lefts[c], columns));
        add(pending, await graph.runPixels(window), rowWeights[r], columnWeights[c], scale * lefts[c]);
        await report(++done / (tops.length * lefts.length));
      }
      const below = r + 1 < tops.length ? tops[r + 1] : height;
      const ready = scale * (below - tops[r]);
      sink(pending, { y: 0, x: 0, height: ready, width: scale * width }, scale * tops[r], 0);
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
  function add(to, values, rows, columns, left) {
    for (let c = 0, k = 0; c < 3; c++) {
      for (let y = 0; y < values.height; y++) {
        let place = (c * to.height + y) * to.width + left;
        for (let x = 0; x < values.width; x++, k++, place++) {
          to.data[place] += values.data[k] * rows[y] * columns[x];
        }
      }
    }
  }
  function extendedTo(image, height, width) {
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
  function clippedTo(sink, scale, image) {
    return (values, part, top, left) => sink(
      values,
      {
        ...part,
        height: Math.min(part.height, scale * image.height - top),
        width: Math.min(part.width, scale * image.width - left)
      },
      top,
      left
    );
  }

  // src/channels.ts
  var REACH = 2;
  async function upscale(model, picture, report) {
    const { width, height, rgba, gray } = picture;
    const scale = model.header.scale;
    const alpha = alphaOf(rgba);
    const transparent = alpha !== 255;
    const colours = gray ? 1 : 3;
    const channels = colours + (transparent ? 1 : 0);
    const pixels = {
      width: scale * width,
      height: scale * height,
      channels,
      data: new Uint8ClampedArray(scale * width * scale * height * channels)
    };
    const runs = alpha === void 0 ? 2 : 1;
    const of = (number) => (done) => report((number + done) / runs);
    const planes = coloursOf(rgba, width, height, transparent);
    const blended2 = await run(
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
      of(0)
    );
    if (alpha === void 0) await upscaleAlpha(model, rgba, width, height, pixels, of(1));
    else if (transparent) {
      for (let k = channels - 1; k < pixels.data.length; k += channels) pixels.data[k] = alpha;
    }
    return { pixels, blended: blended2 };
  }
  async function upscaleAlpha(model, rgba, width, height, pixels, report) {
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
      report
    );
  }
  function alphaOf(rgba) {
    const first = rgba[3];
    for (let k = 3; k < rgba.length; k += 4) if (rgba[k] !== first) return void 0;
    return first;
  }
  function coloursOf(rgba, width, height, alpha) {
    const count = width * height;
    const planes = new Planes(3, height, width);
    for (let k = 0; k < count; k++) {
      for (let c = 0; c < 3; c++) planes.data[c * count + k] = rgba[4 * k + c];
    }
    if (alpha) extend(planes, (k) => rgba[4 * k + 3] > 0);
    for (let k = 0; k < planes.data.length; k++) planes.data[k] /= 255;
    return planes;
  }
  function extend(planes, visible) {
    const { width, height, data } = planes;
    const count = width * height;
    const state = new Uint8Array(count);
    let left = count;
    for (let k = 0; k < count; k++) {
      if (visible(k)) {
        state[k] = 1;
        left--;
      }
    }
    if (left === 0 || left === count) return;
    const around = (place, visit) => {
      const y = Math.floor(place / width);
      const x = place - y * width;
      for (let v = Math.max(y - 1, 0); v <= Math.min(y + 1, height - 1); v++) {
        for (let u = Math.max(x - 1, 0); u <= Math.min(x + 1, width - 1); u++) visit(v * width + u);
      }
    };
    let ring = [];
    for (let k = 0; k < count; k++) {
      if (state[k] !== 0) continue;
      let touches = false;
      around(k, (near) => touches ||= state[near] === 1);
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
      const next = [];
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
  function extreme(plane, width, height, pick) {
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

  // src/header.ts
  var PNG = [137, 80, 78, 71, 13, 10, 26, 10];
  function readHeader(bytes) {
    if (PNG.every((value, k) => bytes[k] === value)) return readPng(bytes);
    if (bytes[0] === 255 && bytes[1] === 216) return readJpeg(bytes);
    return { gray: false, cut: isCutWebp(bytes), deep: false };
  }
  function readPng(bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let ends = false;
    for (let at = 8; at + 12 <= bytes.length; ) {
      const length = view.getUint32(at);
      const ended = at + 12 + length <= bytes.length;
      if (!ended) break;
      if (view.getUint32(at + 4) === 1229278788) ends = true;
      at += 12 + length;
    }
    if (bytes.length < 33) return { gray: false, cut: true, deep: false };
    return {
      size: { width: view.getUint32(16), height: view.getUint32(20) },
      gray: bytes[25] === 0 || bytes[25] === 4,
      cut: !ends,
      deep: bytes[24] === 16
    };
  }
  function readJpeg(bytes) {
    let ends = false;
    for (let at = bytes.length - 2; at > 0 && !ends; at--) {
      ends = bytes[at] === 255 && bytes[at + 1] === 217;
    }
    for (let at = 2; at + 10 < bytes.length; ) {
      if (bytes[at] !== 255) break;
      const marker = bytes[at + 1];
      const length = bytes[at + 2] << 8 | bytes[at + 3];
      const isFrame = marker >= 192 && marker <= 207 && ![196, 200, 204].includes(marker);
      if (isFrame) {
        const height = bytes[at + 5] << 8 | bytes[at + 6];
        const width = bytes[at + 7] << 8 | bytes[at + 8];
        return { size: { width, height }, gray: bytes[at + 9] === 1, cut: !ends, deep: false };
      }
      at += marker === 255 ? 1 : 2 + length;
    }
    return { gray: false, cut: !ends, deep: false };
  }
  function isCutWebp(bytes) {
    if (bytes.length < 16) return false;
    const text = (from) => String.fromCharCode(...bytes.subarray(from, from + 4));
    if (text(0) !== "RIFF" || text(8) !== "WEBP") return false;
    return new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true) + 8 > bytes.length;
  }

  // src/messages.ts
  var Plain = class extends Error {
  };
  var Cancelled = class extends Error {
  };

  // src/decode.ts
  var LONGEST_SIDE = 16384;
  async function decode(file, name, checkSize) {
    const header = readHeader(new Uint8Array(await file.arrayBuffer()));
    const check2 = (width2, height2) => {
      if (Math.max(width2, height2) > LONGEST_SIDE) {
        throw new Plain(`${name} is ${width2}x${height2}: a browser takes ${LONGEST_SIDE} pixels a side.`);
      }
      checkSize(width2, height2);
    };
    if (header.size) check2(header.size.width, header.size.height);
    if (file.size === 0) throw new Plain(`${name} is empty.`);
    if (header.cut) throw new Plain(`${name} is damaged: it breaks off before its end.`);
    let bitmap;
    try {
      bitmap = await createImageBitmap(file, { premultiplyAlpha: "none" });
    } catch {
      throw new Plain(`${name} is not a picture that this browser can read, or it is damaged.`);
    }
    const { width, height } = bitmap;
    check2(width, height);
    const notes = header.deep ? ["16 bits a sample were reduced to 8: `keras-dgggan upscale` keeps them."] : [];
    let rgba = drawn(bitmap);
    if (isTransparent(rgba)) {
      const straight = uploaded(bitmap);
      if (straight) rgba = straight;
      else notes.push("This browser rounds the colours of pixels that are nearly transparent.");
    }
    bitmap.close();
    return { width, height, rgba, gray: header.gray && isGray(rgba), notes };
  }
  function drawn(bitmap) {
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = canvas.getContext("2d", { willReadFrequently: true, colorSpace: "srgb" });
    if (!context) throw new Plain("This browser has no memory left for the picture.");
    context.drawImage(bitmap, 0, 0);
    return context.getImageData(0, 0, bitmap.width, bitmap.height).data;
  }
  function uploaded(bitmap) {
    const { width, height } = bitmap;
    const gl = new OffscreenCanvas(1, 1).getContext("webgl2");
    if (!gl || Math.max(width, height) > gl.getParameter(gl.MAX_TEXTURE_SIZE)) return void 0;
    gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
    gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, bitmap);
    gl.bindFramebuffer(gl.FRAMEBUFFER, gl.createFramebuffer());
    gl.framebufferTexture2D(
      gl.FRAMEBUFFER,
      gl.COLOR_ATTACHMENT0,
      gl.TEXTURE_2D,
      gl.getParameter(gl.TEXTURE_BINDING_2D),
      0
    );
    if (gl.checkFramebufferStatus(gl.FRAMEBUFFER) !== gl.FRAMEBUFFER_COMPLETE) return void 0;
    const pixels = new Uint8Array(4 * width * height);
    gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
    const failed = gl.getError() !== gl.NO_ERROR;
    gl.getExtension("WEBGL_lose_context")?.loseContext();
    return failed ? void 0 : new Uint8ClampedArray(pixels.buffer);
  }
  function isTransparent(rgba) {
    for (let k = 3; k < rgba.length; k += 4) if (rgba[k] !== 255) return true;
    return false;
  }
  function isGray(rgba) {
    for (let k = 0; k < rgba.length; k += 4) {
      if (rgba[k] !== rgba[k + 1] || rgba[k] !== rgba[k + 2]) return false;
    }
    return true;
  }

  // src/model.ts
  var Model = class {
    constructor(onnx2, content) {
      this.onnx = onnx2;
      this.content = content;
      const length = new DataView(content).getUint32(0, true);
      this.header = JSON.parse(new TextDecoder().decode(new Uint8Array(content, 4, length)));
      this.start = 4 + length;
    }
    onnx;
    content;
    header;
    graphs = /* @__PURE__ */ new Map();
    start;
    bytes(part) {
      const [offset, length] = this.header.parts[part];
      return new Uint8Array(this.content, this.start + offset, length);
    }
    has(part) {
      return part in this.header.parts;
    }
    graph(part) {
      let graph = this.graphs.get(part);
      if (graph === void 0) {
        graph = this.onnx.session(this.bytes(part));
        this.graphs.set(part, graph);
      }
      return graph;
    }
    floats(part) {
      return new Float32Array(this.bytes(part).slice().buffer);
    }
    /** Bytes that a picture takes for each of its pixels, about. */
    get bytesPerPixel() {
      const { scale, stages } = this.header;
      const features = stages ? 4 * stages.filters * (stages.branches.length + 1) : 0;
      return features + 12 + 4 + 4 * scale * scale;
    }
  };

  // src/onnx.ts
  var Onnx = class _Onnx {
    constructor(runtime, gpu, threads) {
      this.runtime = runtime;
      this.gpu = gpu;
      this.threads = threads;
    }
    runtime;
    gpu;
    threads;
    static async load({ script, wasm, gpu, threads: most }) {
      const url = typeof script === "string" ? script : URL.createObjectURL(script);
      const runtime = await import(url);
      const threads = self.crossOriginIsolated ? Math.min(navigator.hardwareConcurrency, most) : 1;
      runtime.env.logLevel = "error";
      runtime.env.wasm.numThreads = threads;
      runtime.env.wasm.wasmBinary = wasm;
      return new _Onnx(runtime, gpu, threads);
    }
    get name() {
      if (this.gpu) return "WebGPU";
      return `WebAssembly, ${this.threads} thread${this.threads === 1 ? "" : "s"}`;
    }
    async session(model) {
      const session = await this.runtime.InferenceSession.create(model, {
        executionProviders: [this.gpu ? "webgpu" : "wasm"],
        graphOptimizationLevel: "all",
        logSeverityLevel: 3
      });
      return new Graph(this.runtime, session);
    }
  };
  var Graph = class {
    constructor(runtime, session) {
      this.runtime = runtime;
      this.session = session;
    }
    runtime;
    session;
    /** Features in and out: `[1, channels, height, width]`, inputs in the graph's order. */
    async run(inputs) {
      const feeds = Object.fromEntries(
        this.session.inputNames.map((name, k) => {
          const { data, channels, height, width } = inputs[k];
          return [name, new this.runtime.Tensor("float32", data, [1, channels, height, width])];
        })
      );
      const outputs = await this.session.run(feeds);
      return Object.fromEntries(
        Object.entries(outputs).map(([name, { data, dims }]) => [
          name,
          new Planes(dims[1], dims[2], dims[3], data)
        ])
      );
    }
    /** The output `image` of a graph of pixels, `[1, height, width, 3]`, as planes. */
    async runPixels(image) {
      const { height, width } = image;
      const pixels = new Float32Array(height * width * 3);
      for (let c = 0, from = 0; c < 3; c++) {
        for (let k = 0; k < height * width; k++, from++) pixels[3 * k + c] = image.data[from];
      }
      const tensor = new this.runtime.Tensor("float32", pixels, [1, height, width, 3]);
      const outputs = await this.session.run({ [this.session.inputNames[0]]: tensor }, ["image"]);
      const { data, dims } = outputs.image;
      const result = new Planes(3, dims[1], dims[2]);
      const count = dims[1] * dims[2];
      for (let c = 0, to = 0; c < 3; c++) {
        for (let k = 0; k < count; k++, to++) result.data[to] = data[3 * k + c];
      }
      return result;
    }
  };

  // src/png.ts
  var COLOUR_TYPES = { 1: 0, 2: 4, 3: 2, 4: 6 };
  var CHUNK = 1 << 20;
  var LARGEST_CANVAS = 4096 * 4096;
  async function quickPng({ width, height, channels, data }) {
    if (width * height > LARGEST_CANVAS) return void 0;
    const image = new ImageData(width, height);
    const rgba = image.data;
    const colours = channels > 2 ? 3 : 1;
    for (let from = 0, to = 0; to < rgba.length; from += channels, to += 4) {
      rgba[to] = data[from];
      rgba[to + 1] = data[from + (colours >> 1)];
      rgba[to + 2] = data[from + colours - 1];
      rgba[to + 3] = channels === colours ? 255 : data[from + colours];
    }
    try {
      const canvas = new OffscreenCanvas(width, height);
      const options = { alpha: channels !== colours, willReadFrequently: true };
      canvas.getContext("2d", options).putImageData(image, 0, 0);
      return await canvas.convertToBlob({ type: "image/png" });
    } catch {
      return void 0;
    }
  }
  async function encodePng(pixels) {
    const { width, height, channels } = pixels;
    const header = new Uint8Array(13);
    const view = new DataView(header.buffer);
    view.setUint32(0, width);
    view.setUint32(4, height);
    header.set([8, COLOUR_TYPES[channels], 0, 0, 0], 8);
    const parts = [
      Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10),
      ...chunk("IHDR", header),
      // The colours are sRGB's.
      ...chunk("sRGB", Uint8Array.of(0))
    ];
    const stream = new CompressionStream("deflate");
    const writing = write(stream.writable.getWriter(), pixels);
    const reader = stream.readable.getReader();
    for (; ; ) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(...chunk("IDAT", value));
    }
    await writing;
    parts.push(...chunk("IEND", new Uint8Array(0)));
    return new Blob(parts, { type: "image/png" });
  }
  async function write(writer, pixels) {
    const row = pixels.width * pixels.channels;
    const rows = Math.max(1, Math.floor(CHUNK / row));
    for (let top = 0; top < pixels.height; top += rows) {
      await writer.write(filtered(pixels, top, Math.min(top + rows, pixels.height)));
    }
    await writer.close();
  }
  function filtered({ data, width, channels }, top, bottom) {
    const row = width * channels;
    const result = new Uint8Array((bottom - top) * (row + 1));
    for (let y = top, to = 0; y < bottom; y++) {
      result[to++] = 4;
      for (let x = 0, at = y * row; x < row; x++, at++) {
        const left = x >= channels ? data[at - channels] : 0;
        const above = y > 0 ? data[at - row] : 0;
        const corner = x >= channels && y > 0 ? data[at - row - channels] : 0;
        const toLeft = Math.abs(above - corner);
        const toAbove = Math.abs(left - corner);
        const toCorner = Math.abs(left + above - 2 * corner);
        const expected = toLeft <= toAbove && toLeft <= toCorner ? left : toAbove <= toCorner ? above : corner;
        result[to++] = data[at] - expected;
      }
    }
    return result;
  }
  function chunk(type, content) {
    const head = new Uint8Array(8);
    new DataView(head.buffer).setUint32(0, content.length);
    for (let k = 0; k < 4; k++) head[4 + k] = type.charCodeAt(k);
    const tail = new Uint8Array(4);
    new DataView(tail.buffer).setUint32(0, ~crc(content, crc(head.subarray(4), -1)));
    return [head, content, tail];
  }
  var TABLE = Int32Array.from({ length: 256 }, (_, n) => {
    for (let k = 0; k < 8; k++) n = n & 1 ? n >>> 1 ^ 3988292384 : n >>> 1;
    return n;
  });
  function crc(bytes, value) {
    for (let k = 0; k < bytes.length; k++) value = TABLE[(value ^ bytes[k]) & 255] ^ value >>> 8;
    return value;
  }

  // src/worker.ts
  var onnx;
  var models = /* @__PURE__ */ new Map();
  var cancelled = /* @__PURE__ */ new Set();
  var queue = Promise.resolve();
  function post(message) {
    self.postMessage(message);
  }
  self.onmessage = ({ data }) => {
    if (data.type === "start") start(data);
    else if (data.type === "cancel") cancelled.add(data.id);
    else queue = queue.then(() => data.type === "prepare" ? prepare(data) : work(data));
  };
  function start(message) {
    onnx = Onnx.load(message);
    onnx.then(
      (loaded2) => post({ type: "ready", engine: loaded2.name }),
      (error) => post({ type: "unusable", reason: String(error) })
    );
  }
  async function prepare({ file, content }) {
    try {
      const model = await loaded(file, content);
      await check(model);
    } catch (error) {
      console.debug(error);
    }
    post({ type: "prepared" });
  }
  async function work({ id, picture, name, file, content, budget }) {
    const begin = performance.now();
    try {
      const model = await loaded(file, content);
      const source = await decode(picture, name, (width, height) => {
        const most = budget / model.bytesPerPixel;
        if (width * height > most) {
          throw new Plain(
            `${name} is ${width}x${height}: this tab has memory for about ${(most / 1e6).toFixed(1)} megapixels with this model.`
          );
        }
      });
      const { pixels, blended: blended2 } = await upscale(model, source, async (done) => {
        post({ type: "progress", id, done });
        await messages();
        if (cancelled.has(id)) throw new Cancelled();
      });
      const notes = [...source.notes];
      if (blended2) {
        notes.push("Computed in tiles that were blended: it differs slightly from the whole picture's result.");
      }
      const view = await quickPng(pixels);
      let png = view ? void 0 : await encodePng(pixels);
      post({
        type: "result",
        id,
        view: view ?? png,
        width: pixels.width,
        height: pixels.height,
        opaque: pixels.channels % 2 === 1,
        seconds: (performance.now() - begin) / 1e3,
        notes
      });
      png ??= await encodePng(pixels);
      post({ type: "written", id, png });
    } catch (error) {
      if (error instanceof Cancelled) return;
      const broken = !(error instanceof Plain);
      post({ type: "failure", id, reason: reasonOf(error, name), broken });
    }
  }
  var { port1, port2 } = new MessageChannel();
  function messages() {
    return new Promise((resolve) => {
      port1.onmessage = () => resolve();
      port2.postMessage(null);
    });
  }
  async function loaded(file, content) {
    let model = models.get(file);
    if (!model) {
      if (!content) throw new Error("the model's file is missing");
      const runtime = await onnx;
      model = new Model(runtime, content);
      if (runtime.gpu) await check(model);
      models.set(file, model);
    }
    return model;
  }
  async function check(model) {
    const { height, width } = model.header.check;
    const input = model.bytes("check_input");
    const expected = model.bytes("check_output");
    const image = new Planes(3, height, width);
    const count = height * width;
    for (let k = 0; k < 3 * count; k++) image.data[k % 3 * count + Math.floor(k / 3)] = input[k] / 255;
    const scale = model.header.scale;
    let worst = 0;
    await run(
      model,
      image,
      (values, part, top, left) => {
        for (let c = 0; c < 3; c++) {
          for (let y = 0; y < part.height; y++) {
            for (let x = 0; x < part.width; x++) {
              const value = values.data[(c * values.height + part.y + y) * values.width + part.x + x];
              const place = 3 * ((top + y) * scale * width + left + x) + c;
              const difference = Math.abs(Math.min(Math.max(255 * value, 0), 255) - expected[place]);
              worst = difference <= worst ? worst : Number.isNaN(difference) ? Infinity : difference;
            }
          }
        }
      },
      async () => {
      }
    );
    if (worst > 1) throw new Error(`WebGPU computes something else, ${worst} levels off`);
  }
  function reasonOf(error, name) {
    if (error instanceof Plain) return error.message;
    if (error instanceof RangeError || /bad_alloc|memory|allocat/i.test(String(error))) {
      return `Memory did not suffice for ${name}: close other tabs, or take a smaller picture.`;
    }
    return `${name} could not be upscaled: ${String(error)}`;
  }
})();
