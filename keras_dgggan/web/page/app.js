"use strict";
(() => {
  // src/assets.ts
  var own = /* @__PURE__ */ new Map();
  for (const element of document.querySelectorAll("script[data-file]")) {
    own.set(element.dataset.file, element);
  }
  var single = own.size > 0;
  async function asset(name, report) {
    const element = own.get(name);
    if (element) {
      const packed = Uint8Array.from(atob(element.textContent), (c) => c.charCodeAt(0));
      const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
      return new Response(stream).arrayBuffer();
    }
    let answer;
    try {
      answer = await fetch(name);
    } catch {
      throw new Error(`${name} cannot be loaded: is there a connection?`);
    }
    if (!answer.ok || !answer.body) throw new Error(`${name} cannot be loaded (${answer.status})`);
    const length = answer.headers.get("Content-Encoding") ? 0 : Number(answer.headers.get("Content-Length"));
    const chunks = [];
    let come = 0;
    const reader = answer.body.getReader();
    for (; ; ) {
      const { done, value } = await reader.read();
      if (done) break;
      chunks.push(value);
      come += value.length;
      if (length && report) report(come / length);
    }
    return new Blob(chunks).arrayBuffer();
  }
  async function script(name) {
    if (!own.has(name)) return new URL(name, document.baseURI).href;
    return new Blob([await asset(name)], { type: "text/javascript" });
  }

  // src/compression.ts
  function compressionOf(bytes, tables) {
    const { jpegSums, webpQualities } = tables;
    if (bytes[0] === 255 && bytes[1] === 216 && bytes[2] === 255) {
      const sum = luminanceSum(bytes);
      return sum ? { format: "JPEG", quality: nearest(jpegSums, sum) + 1 } : void 0;
    }
    if (text(bytes, 0) === "RIFF" && text(bytes, 8) === "WEBP") {
      const index = vp8Quantizer(bytes);
      return index === void 0 ? void 0 : { format: "WebP", quality: webpQualities[index] };
    }
    return void 0;
  }
  function text(bytes, at) {
    return String.fromCharCode(...bytes.subarray(at, at + 4));
  }
  function nearest(values, wanted) {
    const apart = values.map((value) => Math.abs(value - wanted));
    return apart.indexOf(Math.min(...apart));
  }
  function luminanceSum(bytes) {
    let sum;
    for (let at = 2; at + 4 <= bytes.length; ) {
      const marker = bytes[at] === 255 ? bytes[at + 1] : 0;
      if (marker < 192 || marker === 255) {
        at++;
        continue;
      }
      if (marker >= 208 && marker <= 217) {
        at += 2;
        continue;
      }
      if (marker === 218) return sum;
      const end = at + 2 + (bytes[at + 2] << 8 | bytes[at + 3]);
      if (end > bytes.length || end < at + 4) return void 0;
      if (marker === 219) {
        for (let table = at + 4; table < end; ) {
          const size = bytes[table] < 16 ? 1 : 2;
          const next = table + 1 + 64 * size;
          if (next > end) return void 0;
          if ((bytes[table] & 15) === 0) sum = sumOf(bytes.subarray(table + 1, next), size);
          table = next;
        }
      }
      at = end;
    }
    return void 0;
  }
  function sumOf(values, size) {
    return values.reduce((sum, value, k) => sum + (k % size === size - 1 ? value : 256 * value), 0);
  }
  function vp8Quantizer(bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let at = 12; at + 8 <= bytes.length; ) {
      const kind = text(bytes, at);
      const size = view.getUint32(at + 4, true);
      const body = at + 8;
      if (kind === "ANMF") {
        at = body + 16;
        continue;
      }
      if (kind === "VP8 " && [157, 1, 42].every((value, k) => bytes[body + 3 + k] === value)) {
        try {
          return frameQuantizer(new BoolDecoder(bytes, body + 10));
        } catch {
          return void 0;
        }
      }
      at = body + size + size % 2;
    }
    return void 0;
  }
  function frameQuantizer(bits) {
    bits.number(2);
    let segments = [];
    let absolute = 0;
    if (bits.number(1)) {
      const [updateMap, updateData] = [bits.number(1), bits.number(1)];
      if (updateData) {
        absolute = bits.number(1);
        segments = [0, 0, 0, 0].map(() => bits.signed(7));
        for (let k = 0; k < 4; k++) bits.signed(6);
      }
      if (updateMap) {
        for (let k = 0; k < 3; k++) if (bits.number(1)) bits.number(8);
      }
    }
    bits.number(10);
    if (bits.number(1) && bits.number(1)) for (let k = 0; k < 8; k++) bits.signed(6);
    bits.number(2);
    let index = bits.number(7);
    if (segments.length > 0) {
      const mean = segments.reduce((a, b) => a + b) / 4 + (absolute ? 0 : index);
      const down = Math.floor(mean);
      index = mean - down === 0.5 ? down + Math.abs(down % 2) : Math.round(mean);
    }
    return Math.min(Math.max(index, 0), 127);
  }
  var BoolDecoder = class {
    constructor(bytes, start) {
      this.bytes = bytes;
      this.at = start;
      this.value = this.next() << 8;
      this.value |= this.next();
    }
    bytes;
    value;
    range = 255;
    shifted = 0;
    at;
    next() {
      if (this.at >= this.bytes.length) throw new RangeError("the data ends");
      return this.bytes[this.at++];
    }
    bit() {
      const split = 1 + ((this.range - 1) * 128 >> 8);
      const bit = this.value >= split << 8 ? 1 : 0;
      if (bit) {
        this.range -= split;
        this.value -= split << 8;
      } else this.range = split;
      while (this.range < 128) {
        this.value <<= 1;
        this.range <<= 1;
        if (++this.shifted === 8) {
          this.shifted = 0;
          this.value |= this.next();
        }
      }
      return bit;
    }
    /** An unsigned number, highest bit first. */
    number(bits) {
      let value = 0;
      for (let k = 0; k < bits; k++) value = value << 1 | this.bit();
      return value;
    }
    /** A number with its sign behind it, 0 where a flag says that there is none. */
    signed(bits) {
      if (!this.number(1)) return 0;
      const value = this.number(bits);
      return this.number(1) ? -value : value;
    }
  };

  // src/choice.ts
  function choices({ models, automatic }) {
    const named = models.map((model) => ({
      value: model.name,
      label: `${model.name} (x${model.scale})`,
      line: model.line,
      models: [model],
      of: async () => ({ model })
    }));
    return automatic ? [automaticChoice(models, automatic), ...named] : named;
  }
  function suiting(content, rules) {
    const compression = compressionOf(content, rules);
    const { highest, compressed, others } = rules;
    const strong = compression !== void 0 && compression.quality <= highest[compression.format];
    return {
      model: strong ? compressed : others,
      why: compression ? `${compression.format} of quality ${compression.quality}` : "no known lossy compression"
    };
  }
  function automaticChoice(models, rules) {
    const { compressed, others, highest } = rules;
    const named = (name) => models.find((entry) => entry.name === name);
    const formats = Object.entries(highest).map(([format, quality2]) => `${format} up to quality ${quality2}`);
    return {
      value: "auto",
      label: "Automatic",
      line: `${compressed} for ${formats.join(" and ")}, ${others} for all others`,
      models: [named(others), named(compressed)],
      async of(file) {
        const content = await file.arrayBuffer().catch(() => new ArrayBuffer(0));
        const { model, why } = suiting(new Uint8Array(content), rules);
        return { model: named(model), why: `Automatic: ${model} for ${why}` };
      }
    };
  }

  // src/dom.ts
  function byId(id) {
    return document.getElementById(id);
  }
  function make(tag, properties = {}, children = []) {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  }

  // src/engine.ts
  var GIB = 2 ** 30;
  var MOST_THREADS = 8;
  var GPU_PATIENCE = 2e4;
  function asked(what) {
    return new URLSearchParams(location.search).get(what);
  }
  function budget() {
    const memory = navigator.deviceMemory;
    if (memory) return Math.min(memory * 0.25, 2) * GIB;
    return /Mobi|Android|iPhone|iPad/.test(navigator.userAgent) ? 0.5 * GIB : 1.5 * GIB;
  }
  var Engine = class {
    /** `state` is told what goes on, for the user. */
    constructor(state) {
      this.state = state;
    }
    state;
    worker;
    starting;
    /** Models that the worker has. */
    sent = /* @__PURE__ */ new Set();
    /** What the worker said that it computes by. */
    name = "";
    loading;
    queue = [];
    current;
    gpu;
    /** Runs while a GPU computes the first tiles of a model. */
    watch;
    /** Those who wait for a result's file, by its picture. */
    writing = /* @__PURE__ */ new Map();
    prepared;
    /** Load the runtime, ahead of the first picture if need be. */
    warm() {
      this.starting ??= this.start();
      return this.starting;
    }
    /** Have models ready, as long as no picture waits. */
    async prepare(models) {
      await this.warm();
      for (const model of this.gpu ? [] : models) {
        const { file, content } = await this.load(model);
        if (!content || this.current) return;
        this.sent.add(file);
        this.post({ type: "prepare", file, content });
        await new Promise((resolve) => this.prepared = resolve);
      }
    }
    add(job) {
      this.queue.push(job);
      void this.next();
    }
    cancel(id) {
      const place = this.queue.findIndex((job) => job.id === id);
      if (place >= 0) this.queue.splice(place, 1);
      else if (this.current?.id === id) {
        this.post({ type: "cancel", id });
        this.finished();
      }
    }
    async next() {
      const job = this.current ? void 0 : this.queue.shift();
      if (!job) return;
      this.current = job;
      try {
        await this.warm();
        const { id, picture, name } = job;
        const { file, content } = await this.load(await job.model());
        if (this.current !== job) return;
        this.sent.add(file);
        this.post({ type: "upscale", id, picture, name, file, content, budget: budget() });
        if (content && this.gpu) {
          this.watch = setTimeout(() => this.failed("WebGPU does not answer", true), GPU_PATIENCE);
        }
      } catch (error) {
        if (this.current !== job) return;
        this.drop();
        job.fail(error instanceof Error ? error.message : String(error));
        this.finished();
      }
    }
    /** A model's file, with its content unless the worker has it. */
    async load({ file, gpu, runtime }) {
      const name = this.gpu && gpu || file;
      if (runtime && !this.gpu) await (this.loading ??= this.loadRuntime());
      return { file: name, content: this.sent.has(name) ? void 0 : await asset(name) };
    }
    finished() {
      clearTimeout(this.watch);
      this.current = void 0;
      void this.next();
    }
    post(message) {
      this.worker?.postMessage(message);
    }
    async start() {
      this.gpu ??= await hasGpu();
      const gpu = this.gpu ? await this.runtime("ort.jspi.bundle.min.mjs", "ort-wasm-simd-threaded.jspi.wasm") : void 0;
      const source = await script("worker.js");
      const url = typeof source === "string" ? source : URL.createObjectURL(source);
      const worker = new Worker(url);
      this.worker = worker;
      this.sent.clear();
      this.loading = void 0;
      try {
        await new Promise((resolve, reject) => {
          worker.onerror = (event) => {
            event.preventDefault();
            reject(new Error(event.message || "the worker did not start"));
          };
          worker.onmessage = ({ data }) => {
            if (data.type === "ready") {
              this.name = data.engine;
              this.state(this.name);
              resolve();
            } else if (data.type === "unusable") {
              reject(new Error(`the runtime does not start: ${data.reason}`));
            }
          };
          const threads = Number(asked("threads")) || MOST_THREADS;
          this.post({ type: "start", threads, gpu });
        });
      } catch (error) {
        worker.terminate();
        if (!this.gpu) throw error;
        this.gpu = false;
        return this.start();
      }
      worker.onmessage = ({ data }) => this.receive(worker, data);
      worker.onerror = (event) => {
        event.preventDefault();
        const reason = `The runtime stopped: ${event.message || "unknown error"}`;
        if (worker === this.worker) this.failed(reason, true);
      };
    }
    async runtime(js, wasm) {
      this.state("loading the runtime …");
      const binary = await asset(
        `runtime/${wasm}`,
        (part) => this.state(`loading the runtime … ${Math.round(100 * part)} %`)
      );
      return { script: await script(`runtime/${js}`), wasm: binary };
    }
    /** Give the worker what graphs need. */
    async loadRuntime() {
      const runtime = await this.runtime("ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.wasm");
      this.post({ type: "load", runtime });
      this.state(this.name);
    }
    receive(worker, data) {
      const job = this.current;
      if (worker !== this.worker) return;
      if (data.type === "prepared") this.prepared?.();
      else if (data.type === "written") {
        this.writing.get(data.id)?.resolve(data.png);
        this.writing.delete(data.id);
      } else if (data.type === "failure") this.writing.get(data.id)?.reject(new Error(data.reason));
      if (!job || !("id" in data) || data.id !== job.id || data.type === "written") return;
      clearTimeout(this.watch);
      if (data.type === "progress") job.progress(data.done);
      else if (data.type === "failure") this.failed(data.reason, data.broken);
      else {
        const png = new Promise((resolve, reject) => this.writing.set(job.id, { resolve, reject }));
        png.catch(() => {
        });
        job.finish(data, png);
        this.finished();
      }
    }
    failed(reason, broken) {
      const job = this.current;
      if (broken) this.drop();
      if (!job) return;
      if (broken && this.gpu) {
        this.gpu = false;
        this.queue.unshift(job);
      } else job.fail(reason);
      this.finished();
    }
    /** The next picture gets a new worker. */
    drop() {
      clearTimeout(this.watch);
      this.worker?.terminate();
      const lost = new Error("The runtime stopped before the file was written: press Again.");
      for (const { reject } of this.writing.values()) reject(lost);
      this.writing.clear();
      this.worker = void 0;
      this.starting = void 0;
    }
  };
  async function hasGpu() {
    const wanted = asked("engine");
    if (single || wanted === "wasm" || !("Suspending" in WebAssembly)) return false;
    const gpu = navigator.gpu;
    try {
      const adapter = await gpu?.requestAdapter();
      if (!adapter) return false;
      const software = adapter.isFallbackAdapter || adapter.info?.isFallbackAdapter;
      return wanted === "webgpu" || !software;
    } catch {
      return false;
    }
  }

  // src/picture.ts
  var numbers = 0;
  var PictureItem = class {
    constructor(file, name, host2) {
      this.file = file;
      this.name = name;
      this.host = host2;
      this.before = URL.createObjectURL(file);
      const image = make("img", { src: this.before, alt: "" });
      image.addEventListener("error", () => image.hidden = true);
      this.bar.setAttribute("aria-label", `Progress of ${name}`);
      const middle = make("div", {}, [
        make("p", { className: "name", textContent: name }),
        this.why,
        this.text,
        this.bar
      ]);
      this.element = make("li", {}, [make("div", {}, [image]), middle, this.actions]);
      this.start();
    }
    file;
    name;
    host;
    element;
    before;
    after;
    result;
    /** The result's file, once it is written. */
    png;
    model;
    id = 0;
    begin = 0;
    why = make("p", { className: "note why", hidden: true });
    text = make("p", { className: "note" });
    bar = make("progress", { max: 1 });
    actions = make("div", { className: "actions" });
    /** What the viewer says of it. */
    get facts() {
      const { width, height, seconds, notes } = this.result;
      const size = `${width / this.model.scale}x${height / this.model.scale} to ${width}x${height}`;
      return [`${size} by ${this.model.name} in ${seconds.toFixed(1)} s.`, ...notes].join(" ");
    }
    start() {
      this.forget();
      this.id = ++numbers;
      this.begin = 0;
      this.why.hidden = true;
      this.bar.hidden = false;
      this.bar.removeAttribute("value");
      this.say("Waits");
      this.offer([["Cancel", () => this.cancel()]]);
      const { id, file, name } = this;
      const choice = this.host.choice();
      this.host.engine.add({
        id,
        name,
        model: () => this.choose(id, choice),
        picture: file,
        progress: (done) => this.progress(done),
        finish: (result, png) => this.finish(result, png),
        fail: (reason) => this.fail(reason)
      });
      this.host.changed();
    }
    async choose(id, choice) {
      const { model, why } = await choice.of(this.file);
      if (id === this.id) {
        this.model = model;
        this.why.textContent = why ?? "";
        this.why.hidden = !why;
      }
      return model;
    }
    progress(done) {
      const now = performance.now();
      this.begin ||= now;
      this.bar.value = done;
      const elapsed = (now - this.begin) / 1e3;
      const left = elapsed * (1 - done) / done;
      const time = elapsed > 1 && left >= 1 ? `, about ${duration(left)} left` : "";
      this.say(`${Math.round(100 * done)} %${time}`);
    }
    finish(result, png) {
      this.result = result;
      this.png = png;
      this.after = URL.createObjectURL(result.view);
      png.then((file) => this.replace(result, file), () => {
      });
      this.bar.hidden = true;
      this.say(this.facts);
      this.offer([
        ["Download", () => void this.host.save(this), true],
        ["Show", () => this.host.show(this)],
        ["Again", () => this.start()],
        ["Remove", () => this.remove()]
      ]);
      this.host.announce(`${this.name} is done.`);
      this.host.changed();
    }
    /** The file takes less memory than what was shown first; it is not decoded anew for that. */
    replace(result, file) {
      if (this.result !== result || !this.after || this.host.isShown(this)) return;
      URL.revokeObjectURL(this.after);
      this.after = URL.createObjectURL(file);
    }
    fail(reason) {
      this.bar.hidden = true;
      this.say(reason, true);
      this.offer([
        ["Again", () => this.start()],
        ["Remove", () => this.remove()]
      ]);
      this.host.announce(reason);
      this.host.changed();
    }
    cancel() {
      this.host.engine.cancel(this.id);
      this.bar.hidden = true;
      this.say("Cancelled");
      this.offer([
        ["Again", () => this.start()],
        ["Remove", () => this.remove()]
      ]);
      this.host.announce(`${this.name} is cancelled.`);
      this.host.changed();
    }
    remove() {
      this.forget();
      URL.revokeObjectURL(this.before);
      this.element.remove();
      this.host.removed(this);
    }
    forget() {
      if (this.after) URL.revokeObjectURL(this.after);
      this.after = void 0;
      this.result = void 0;
      this.png = void 0;
    }
    say(text2, bad = false) {
      this.text.textContent = text2;
      this.text.classList.toggle("bad", bad);
    }
    /** Buttons for what can be done now; the focus stays among them. */
    offer(actions) {
      const focused = this.actions.contains(document.activeElement);
      this.actions.replaceChildren(
        ...actions.map(([label, act, main2]) => {
          const button = make("button", { type: "button", textContent: label });
          if (main2) button.className = "main";
          button.setAttribute("aria-label", `${label} ${this.name}`);
          button.addEventListener("click", act);
          return button;
        })
      );
      if (focused) this.actions.querySelector("button")?.focus();
    }
  };
  function duration(seconds) {
    const whole = Math.round(seconds);
    return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
  }

  // src/save.ts
  var ENDINGS = { png: "png", webp: "webp", jpeg: "jpg" };
  var LONGEST = 16383;
  function fileName(name, format) {
    return `${name.replace(/\.[^.]*$/, "") || "picture"}_sr.${ENDINGS[format]}`;
  }
  async function converted(png, format, quality2) {
    if (format === "png") return png;
    const bitmap = await createImageBitmap(png);
    const { width, height } = bitmap;
    const name = format === "webp" ? "WebP" : "JPEG";
    const tooLarge = new Error(`${width}x${height} is too large for this browser to write as ${name}: take PNG.`);
    if (Math.max(width, height) > LONGEST) throw tooLarge;
    const canvas = document.createElement("canvas");
    canvas.width = width;
    canvas.height = height;
    const context = canvas.getContext("2d");
    if (!context) throw tooLarge;
    if (format === "jpeg") {
      context.fillStyle = "#fff";
      context.fillRect(0, 0, width, height);
    }
    context.drawImage(bitmap, 0, 0);
    bitmap.close();
    const type = `image/${format}`;
    const blob = await new Promise(
      (resolve) => canvas.toBlob(resolve, type, quality2 / 100)
    );
    if (!blob) throw tooLarge;
    if (blob.type !== type) throw new Error(`This browser writes no ${name}: take another format.`);
    return blob;
  }
  function download(blob, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 6e4);
  }

  // src/viewer.ts
  var SMALLEST = 0.02;
  var LARGEST = 16;
  var STEP = 1.25;
  var Viewer = class {
    section = byId("viewer");
    view = byId("view");
    canvas = byId("canvas");
    before = byId("before");
    after = byId("after");
    divider = byId("divider");
    divide = byId("divide");
    shown;
    /** Pixels of the screen for one of the result. */
    zoom = 1;
    constructor() {
      this.divide.addEventListener("input", () => this.place());
      const on = (id, act) => byId(id).addEventListener("click", act);
      on("zoom-out", () => this.zoomTo(this.zoom / STEP));
      on("zoom-in", () => this.zoomTo(this.zoom * STEP));
      on("zoom-fit", () => this.fit());
      on("zoom-full", () => this.zoomTo(1));
      this.view.addEventListener(
        "wheel",
        (event) => {
          if (!event.ctrlKey) return;
          event.preventDefault();
          this.zoomTo(this.zoom * (event.deltaY < 0 ? STEP : 1 / STEP));
        },
        { passive: false }
      );
      this.view.addEventListener("keydown", (event) => {
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        if (event.key === "+") this.zoomTo(this.zoom * STEP);
        else if (event.key === "-") this.zoomTo(this.zoom / STEP);
        else if (event.key === "0") this.fit();
      });
      this.drag(this.divider, (event) => {
        const { left, width } = this.canvas.getBoundingClientRect();
        this.divide.value = String(100 * (event.clientX - left) / width);
        this.place();
      });
      this.drag(this.canvas, (event) => {
        if (event.pointerType === "mouse") this.view.scrollBy(-event.movementX, -event.movementY);
      });
    }
    get current() {
      return this.shown;
    }
    show(shown) {
      this.shown = shown;
      this.section.hidden = false;
      byId("viewer-title").textContent = `Before and after: ${shown.name}`;
      byId("viewer-facts").textContent = shown.facts;
      this.before.src = shown.before;
      this.before.alt = `${shown.name} before`;
      this.after.src = shown.after;
      this.after.alt = `${shown.name} after`;
      this.fit();
      this.place();
    }
    hide() {
      this.shown = void 0;
      this.section.hidden = true;
      this.before.removeAttribute("src");
      this.after.removeAttribute("src");
    }
    fit() {
      if (!this.shown) return;
      const wide = this.view.clientWidth / this.shown.width;
      const high = 0.75 * innerHeight / this.shown.height;
      this.zoomTo(Math.min(wide, high, 1));
    }
    zoomTo(zoom) {
      if (!this.shown) return;
      const { view, canvas } = this;
      const x = (view.scrollLeft + view.clientWidth / 2) / canvas.clientWidth;
      const y = (view.scrollTop + view.clientHeight / 2) / canvas.clientHeight;
      this.zoom = Math.min(Math.max(zoom, SMALLEST), LARGEST);
      canvas.style.width = `${this.shown.width * this.zoom}px`;
      canvas.style.height = `${this.shown.height * this.zoom}px`;
      this.after.style.imageRendering = this.zoom > 2 ? "pixelated" : "auto";
      view.scrollTo(
        x * canvas.clientWidth - view.clientWidth / 2,
        y * canvas.clientHeight - view.clientHeight / 2
      );
      byId("zoom-value").textContent = `${Math.round(100 * this.zoom)} %`;
    }
    place() {
      const part = Number(this.divide.value);
      this.after.style.clipPath = `inset(0 0 0 ${part}%)`;
      this.before.style.clipPath = `inset(0 ${100 - part}% 0 0)`;
      this.divider.style.left = `${part}%`;
      this.divide.setAttribute("aria-valuetext", `${Math.round(part)} % before`);
    }
    drag(element, move) {
      element.addEventListener("pointerdown", (event) => {
        if (event.button !== 0) return;
        event.stopPropagation();
        element.setPointerCapture(event.pointerId);
      });
      element.addEventListener("pointermove", (event) => {
        if (element.hasPointerCapture(event.pointerId)) move(event);
      });
    }
  };

  // src/app.ts
  var status = byId("status");
  var announce = (text2) => void (status.textContent = text2);
  var engine = new Engine((text2) => byId("engine").textContent = text2);
  var viewer = new Viewer();
  var items = [];
  var early = [];
  var menu = [];
  var modelChoice = byId("model");
  var formatChoice = byId("format");
  var quality = byId("quality");
  var host = {
    engine,
    announce,
    choice: () => menu[modelChoice.selectedIndex],
    show,
    save,
    removed(item) {
      items.splice(items.indexOf(item), 1);
      if (this.isShown(item)) viewer.hide();
      byId("files").focus();
      this.changed();
    },
    isShown: (item) => viewer.current?.before === item.before,
    changed() {
      byId("pictures").hidden = items.length === 0;
      const done = items.filter((item) => item.result);
      byId("together").hidden = done.length < 2;
      const last = done.at(-1);
      const current = items.find((item) => item.before === viewer.current?.before);
      if (last && !viewer.current) show(last);
      else if (current?.after && current.after !== viewer.current?.after) show(current);
    }
  };
  function add(files) {
    if (menu.length === 0) {
      early.push(...files);
      return announce("The models are still being loaded.");
    }
    for (const file of files) {
      const item = new PictureItem(file, file.name || "picture.png", host);
      items.push(item);
      byId("list").append(item.element);
    }
    host.changed();
  }
  function show(item) {
    const { name, before, after, result, facts } = item;
    if (!after || !result) return;
    viewer.show({ name, before, after, facts, width: result.width, height: result.height });
  }
  async function save(item) {
    if (!item.png) return;
    const format = formatChoice.value;
    try {
      const blob = await converted(await item.png, format, Number(quality.value));
      download(blob, fileName(item.name, format));
    } catch (error) {
      announce(error instanceof Error ? error.message : String(error));
    }
  }
  function describe() {
    byId("model-line").textContent = host.choice().line;
  }
  function prepare() {
    engine.prepare(host.choice().models).catch((error) => announce(String(error.message ?? error)));
  }
  function listen() {
    const files = byId("files");
    files.addEventListener("change", () => {
      add(files.files ?? []);
      files.value = "";
    });
    const drop = byId("drop");
    document.addEventListener("dragover", (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
    document.addEventListener("dragleave", (event) => {
      if (!event.relatedTarget) drop.classList.remove("over");
    });
    document.addEventListener("drop", (event) => {
      event.preventDefault();
      drop.classList.remove("over");
      add(event.dataTransfer?.files ?? []);
    });
    document.addEventListener("paste", (event) => {
      const pasted = event.clipboardData?.files ?? [];
      if (pasted.length > 0) add(pasted);
      else announce("The clipboard holds no picture.");
    });
    modelChoice.addEventListener("change", () => {
      describe();
      prepare();
    });
    formatChoice.addEventListener("change", () => {
      byId("quality-box").hidden = formatChoice.value === "png";
    });
    quality.addEventListener("input", () => byId("quality-value").textContent = quality.value);
    byId("download-all").addEventListener("click", async () => {
      for (const item of items) await save(item);
    });
  }
  function keep() {
    const offline = document.documentElement.dataset.offline !== "no";
    if (!offline || !("serviceWorker" in navigator)) return false;
    const mark = "keras-dgggan-reloaded";
    navigator.serviceWorker.addEventListener("controllerchange", () => {
      if (crossOriginIsolated || items.length > 0 || sessionStorage.getItem(mark)) return;
      sessionStorage.setItem(mark, "1");
      location.reload();
    });
    navigator.serviceWorker.register("sw.js").catch(prepare);
    return !crossOriginIsolated && !sessionStorage.getItem(mark);
  }
  async function main() {
    listen();
    menu = choices(JSON.parse(new TextDecoder().decode(await asset("models.json"))));
    for (const { value, label } of menu) modelChoice.append(make("option", { value, textContent: label }));
    describe();
    if (!keep()) prepare();
    add(early);
  }
  main().catch((error) => announce(`The page cannot start: ${error.message ?? error}`));
})();
