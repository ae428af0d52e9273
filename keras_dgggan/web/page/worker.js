"use strict";
(() => {
  var __toBinary = Uint8Array.fromBase64 || /* @__PURE__ */ (() => {
    var table = new Uint8Array(128);
    for (var i = 0; i < 64; i++) table[i < 26 ? i + 65 : i < 52 ? i + 71 : i < 62 ? i - 4 : i * 4 - 205] = i;
    return (base64) => {
      var n = base64.length, bytes = new Uint8Array((n - (base64[n - 1] == "=") - (base64[n - 2] == "=")) * 3 / 4 | 0);
      for (var i2 = 0, j = 0; i2 < n; ) {
        var c0 = table[base64.charCodeAt(i2++)], c1 = table[base64.charCodeAt(i2++)];
        var c2 = table[base64.charCodeAt(i2++)], c3 = table[base64.charCodeAt(i2++)];
        bytes[j++] = c0 << 2 | c1 >> 4;
        bytes[j++] = c1 << 4 | c2 >> 2;
        bytes[j++] = c2 << 6 | c3;
      }
      return bytes;
    };
  })();

  // src/bmp.ts
  var HEADER = 54;
  var BAND = 1 << 22;
  function bmp({ width, height, channels: channels2, data }) {
    const row = Math.ceil(3 * width / 4) * 4;
    const head2 = new DataView(new ArrayBuffer(HEADER));
    head2.setUint16(0, 16973);
    head2.setUint32(2, HEADER + row * height, true);
    head2.setUint32(10, HEADER, true);
    head2.setUint32(14, HEADER - 14, true);
    head2.setUint32(18, width, true);
    head2.setUint32(22, height, true);
    head2.setUint16(26, 1, true);
    head2.setUint16(28, 24, true);
    const parts = [new Blob([head2])];
    const last = channels2 - 1;
    const rows = Math.max(1, Math.floor(BAND / row));
    const band = new Uint8Array(rows * row);
    for (let bottom = height; bottom > 0; bottom -= rows) {
      const count = Math.min(rows, bottom);
      for (let n = 0; n < count; n++) {
        let from = (bottom - 1 - n) * width * channels2;
        let to = n * row;
        for (let x = 0; x < width; x++, from += channels2, to += 3) {
          band[to] = data[from + last];
          band[to + 1] = data[from + (last >> 1)];
          band[to + 2] = data[from];
        }
      }
      parts.push(new Blob([band.subarray(0, count * row)]));
    }
    return new Blob(parts, { type: "image/bmp" });
  }

  // src/planes.ts
  var Planes = class _Planes {
    constructor(channels2, height, width, data) {
      this.channels = channels2;
      this.height = height;
      this.width = width;
      this.data = data ?? new Float32Array(channels2 * height * width);
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

  // src/channels.ts
  var REACH = 2;
  async function upscale(model, picture, report) {
    const { width, height, rgba, gray } = picture;
    const { scale } = model;
    const alpha = alphaOf(rgba);
    const transparent = alpha !== 255;
    const size = { width: scale * width, height: scale * height };
    const runs = alpha === void 0 ? 2 : 1;
    const of = (number) => (done) => report((number + done) / runs);
    const planes = coloursOf(rgba, width, height, transparent);
    const { samples, blended: blended2 } = await model.run(planes, gray, of(0));
    const colours = gray ? 1 : 3;
    if (!transparent) return { pixels: { ...size, channels: colours, data: samples }, blended: blended2 };
    const channels2 = gray ? 2 : 4;
    const data = new Uint8ClampedArray(samples.length / colours * channels2);
    for (let from = 0, to = 0; from < samples.length; from += colours, to += channels2) {
      for (let c = 0; c < colours; c++) data[to + c] = samples[from + c];
    }
    const pixels = { ...size, channels: channels2, data };
    if (alpha === void 0) await upscaleAlpha(model, picture, pixels, of(1));
    else for (let k = channels2 - 1; k < data.length; k += channels2) data[k] = alpha;
    return { pixels, blended: blended2 };
  }
  async function upscaleAlpha(model, { width, height, rgba }, { channels: channels2, data }, report) {
    const { scale } = model;
    const count = width * height;
    const planes = new Planes(3, height, width);
    const alpha = new Uint8Array(count);
    for (let k = 0; k < count; k++) {
      alpha[k] = rgba[4 * k + 3];
      planes.data[k] = planes.data[count + k] = planes.data[2 * count + k] = alpha[k] / 255;
    }
    const { samples } = await model.run(planes, true, report);
    const hidden = extreme(alpha, width, height, Math.max);
    const opaque = extreme(alpha, width, height, Math.min);
    for (let y = 0, from = 0, to = channels2 - 1; y < scale * height; y++) {
      const row = Math.floor(y / scale) * width;
      for (let x = 0; x < scale * width; x++, from++, to += channels2) {
        const place = row + Math.floor(x / scale);
        data[to] = hidden[place] === 0 ? 0 : opaque[place] === 255 ? 255 : samples[from];
      }
    }
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
    const around2 = (place, visit) => {
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
      around2(k, (near) => touches ||= state[near] === 1);
      if (touches) ring.push(k);
    }
    while (ring.length > 0) {
      for (const place of ring) {
        let known = 0;
        let r = 0;
        let g = 0;
        let b = 0;
        around2(place, (near) => {
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
        around2(place, (near) => {
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

  // kernels:kernels:plain
  var kernels_plain_default = __toBinary("AGFzbQEAAAABZglgC39/f39/f39/f39/AGAHf39/f39/fwBgCH9/f39/f39/AGAGf39/f31/AGAKf39/f39/f39/fwBgBn9/f39/fwBgBX9/f39/AGACf38Bf2ASf39/f39/f31/f39/f39/f39/AAISAQNlbnYGbWVtb3J5AgMQgIAEAw8OBAUAAQIAAgYAAQcIAwMHcQsIY29udm9sdmUACw9jb252b2x2ZVNjcmF0Y2gACghtdWx0aXBseQAAB3RvQnl0ZXMACAhhZGRHYXRlZAAHBWNsZWFyAAYHZW5sYXJnZQAFBmluc2lkZQAEBXBsYWNlAAMGcmVnaW9uAAIEc3VtcwABCuFCDqoKAhh7DH8gASElIAQhIwNAIAYgLEoEQCAAIQEgAyEiQQAhLQNAIAUgLUoEQCAlIAEiBGohJyAEICVBAXRqISggBCAlQQNsaiEpIAQgJUECdGohKiAEICVBBWxqISsgAiEkIAkEeyAi/QAEACEUICL9AAQQIQwgIiAjaiIm/QAEACENICb9AAQQIRUgIiAjQQF0aiIm/QAEACEKICb9AAQQIQsgIiAjQQNsaiIm/QAEACEOICb9AAQQIQ8gIiAjQQJ0aiIm/QAEACEQICb9AAQQIREgIiAjQQVsaiIm/QAEACESICb9AAQQBSAIBHsgCCAsQQJ0av0ABAAF/QwAAAAAAAAAAAAAAAAAAAAACyIUIQ0gCAR7IAggLEECdGr9AAQQBf0MAAAAAAAAAAAAAAAAAAAAAAsiDCEVIAwiCyIPIREgDSIKIg4iECESIAwLIRZBACEmA0AgByAmSgRAIAT9CQIMIhcgJP0ABGAiGP3mASAE/QkCCCIZICT9AARAIhr95gEgBP0JAgQiGyAk/QAEICIc/eYBIAT9CQIAIh0gJP0ABAAiE/3mASAU/eQB/eQB/eQB/eQBIRQgFyAk/QAEcCIX/eYBIBkgJP0ABFAiGf3mASAbICT9AAQwIhv95gEgHSAk/QAEECId/eYBIAz95AH95AH95AH95AEhDCAn/QkCDCIeIBj95gEgJ/0JAggiHyAa/eYBICf9CQIEIiAgHP3mASAn/QkCACIhIBP95gEgDf3kAf3kAf3kAf3kASENIB4gF/3mASAfIBn95gEgICAb/eYBICEgHf3mASAV/eQB/eQB/eQB/eQBIRUgKP0JAgwiHiAY/eYBICj9CQIIIh8gGv3mASAo/QkCBCIgIBz95gEgKP0JAgAiISAT/eYBIAr95AH95AH95AH95AEhCiAeIBf95gEgHyAZ/eYBICAgG/3mASAhIB395gEgC/3kAf3kAf3kAf3kASELICn9CQIMIh4gGP3mASAp/QkCCCIfIBr95gEgKf0JAgQiICAc/eYBICn9CQIAIiEgE/3mASAO/eQB/eQB/eQB/eQBIQ4gHiAX/eYBIB8gGf3mASAgIBv95gEgISAd/eYBIA/95AH95AH95AH95AEhDyAq/QkCDCIeIBj95gEgKv0JAggiHyAa/eYBICr9CQIEIiAgHP3mASAq/QkCACIhIBP95gEgEP3kAf3kAf3kAf3kASEQIB4gF/3mASAfIBn95gEgICAb/eYBICEgHf3mASAR/eQB/eQB/eQB/eQBIREgK/0JAgwiHiAY/eYBICv9CQIIIhggGv3mASAr/QkCBCIaIBz95gEgK/0JAgAiHCAT/eYBIBL95AH95AH95AH95AEhEiAeIBf95gEgGCAZ/eYBIBogG/3mASAcIB395gEgFv3kAf3kAf3kAf3kASEWIARBEGohBCAnQRBqIScgKEEQaiEoIClBEGohKSAqQRBqISogK0EQaiErICRBgAFqISQgJkEEaiEmDAELCyAiIBT9CwQAICIgDP0LBBAgIiAjaiIEIA39CwQAIAQgFf0LBBAgIiAjQQF0aiIEIAr9CwQAIAQgC/0LBBAgIiAjQQNsaiIEIA79CwQAIAQgD/0LBBAgIiAjQQJ0aiIEIBD9CwQAIAQgEf0LBBAgIiAjQQVsaiIEIBL9CwQAIAQgFv0LBBAgASAlQQZsaiEBICIgI0EGbGohIiAtQQZqIS0MAQsLICxBCGohLCACIAdBBXRqIQIgA0EgaiEDDAELCwv2AQIDewV/IAJBAnQhDANAIAIgDUoEQP0MAAAAAAAAAAAAAAAAAAAAACEH/QwAAAAAAAAAAAAAAAAAAAAAIQhBACEJA0AgAyAJSgRAIAAgASAJbCAMbGohCv0MAAAAAAAAAAAAAAAAAAAAACEGQQAhCwNAIAQgC0oEQCAGIAr9AAQA/eQBIQYgC0EBaiELIAogDGohCgwBCwsgByAG/V/98AEhByAIIAYgBv0NCAkKCwwNDg8ICQoLDA0OD/1f/fABIQggCUEBaiEJDAELCyAFIAf9CwQAIAUgCP0LBBAgDUEEaiENIABBEGohACAFQSBqIQUMAQsLC6ADAgp/AXsgA0ECdCEMIApBAnQhDyAFIQMDQCADIAUgB2pIBEAgACACIANsIAxsaiEQIAIgDGwiCkEAIANBAEobIREgCkEAIAMgAUEBa0gbIRIgBiEKA0AgCiAGIAhqSARAAkAgA0EASCABIANMciAKQQBIciACIApMcgRAQQAhCwNAIAsgDEkEQCAJIAtq/QwAAAAAAAAAAAAAAAAAAAAA/QsEACALQRBqIQsMAQsLDAELIBAgCiAMbGohDiAERQRAQQAhCwNAIAsgDEkEQCAJIAtqIAsgDmr9AAQA/QsEACALQRBqIQsMAQsLDAELIAxBACAKQQBKGyETIAxBACAKIAJBAWtIGyEUQQAhCwNAIAsgDEkEQCAJIAtqIBQgCyAOaiINav0ABAAgDSATa/0ABAD95QEiFSAV/eYBIA0gEmr9AAQAIA0gEWv9AAQA/eUBIhUgFf3mAf3kAf0MvTeGNb03hjW9N4Y1vTeGNf3kAf3jAf0LBAAgC0EQaiELDAELCwsgCkEBaiEKIAkgD2ohCQwBCwsgA0EBaiEDDAELCwtGAQF/IAIgBmxBAnQhBgNAIAUgB0oEQCADIAAgBvwKAAAgACABIAJsQQJ0aiEAIAMgAiAEbEECdGohAyAHQQFqIQcMAQsLC4YBAQJ/IAIhCANAIAggAiAEakgEQCADIQkDQCAJIAMgBWpIBEAgAP0MAAAAAAAAAAAAAAAAAAAAAP0MAACAPwAAAAAAAAAAAAAAACAIQQBIIAYgCExyIAlBAEhyIAcgCUxyG/0LBAAgCUEBaiEJIAAgAUECdGohAAwBCwsgCEEBaiEIDAELCwvCAQEFfyAEQQJ0IQ0gBiEEA0AgBCAGIAhqSARAIAQiC0EASAR/QQAgBUEBayAEayAFbWsFIAsgBW0LIAFrIANsIAJrIQ4gByEEA0AgBCAHIAlqSARAIAAgBEEASAR/QQAgBUEBayAEayAFbWsFIAQgBW0LIA5qIA1saiEPQQAhDANAIAwgDUkEQCAKIAxqIAwgD2r9AAQA/QsEACAMQRBqIQwMAQsLIARBAWohBCAKIA1qIQoMAQsLIAtBAWohBAwBCwsLawECfyABQQJ0IQkgAiEBA0AgASACIARqSARAIAMhCANAIAggAyAFakgEQCABQQBIIAEgBk5yIAhBAEhyIAcgCExyBEAgAEEAIAn8CwALIAhBAWohCCAAIAlqIQAMAQsLIAFBAWohAQwBCwsLbgEDfyADQQJ0IQUDQCAEIAZKBEBBACEDA0AgAyAFSQRAIAAgA2oiByAH/QAEACABIANq/QAEACACIANq/QAEAP3mAf3kAf0LBAAgA0EQaiEDDAELCyAGQQFqIQYgACAFaiEAIAEgBWohAQwBCwsL6AUDCn8EewZ9QQFBAyAIGyETA0AgAiARSgRAIAkhDCARIAdtIAZsIRRBACEQA0AgAyAQSgRAIAUEfyAFIBQgECAHbWpBBHRqBUEACyEPIAhFIARBBEZxBEAgACENIAwhC0EAIQ4gDwR7IA/9AAQABf0MAAAAAAAAAAAAAAAAAAAAAAsiFyAX/Q0AAQIDBAUGBwgJCgsAAQIDIRUgFyAX/Q0EBQYHCAkKCwABAgMEBQYHIRYgFyAX/Q0ICQoLAAECAwQFBgcICQoLIRgDQCAOQQRIBEAgCyAN/QAEACAV/eQB/QwAAH9DAAB/QwAAf0MAAH9D/eYB/Wr9+AEgDf0ABBAgFv3kAf0MAAB/QwAAf0MAAH9DAAB/Q/3mAf1q/fgB/YUBIA39AAQgIBj95AH9DAAAf0MAAH9DAAB/QwAAf0P95gH9av34Af0MAAAAAAAAAAAAAAAAAAAAAP2FAf1mIhf9WwMAACALIBf9WgIIAiAOQQFqIQ4gDUEwaiENIAogC2ohCwwBCwsFIAAhDiAMIQtBACESIA8EfSAPKgIABUMAAAAACyEcIA8EfSAPKgIEBUMAAAAACyEdIA8EfSAPKgIIBUMAAAAACyEeA0AgBCASSgRAIAshDUEAIQ8DQCAEIA9KBEAgDioCACAckiEZIA4qAgQgHZIhGiAOKgIIIB6SIRsgCAR/IA0gGSAakiAbkkMAAKpClJBDAAAAAJdDAAB/Q5b8AToAACANQQFqBSANIBlDAAB/Q5SQQwAAAACXQwAAf0OW/AE6AAAgDSAaQwAAf0OUkEMAAAAAl0MAAH9DlvwBOgABIA1BAmoiDSAbQwAAf0OUkEMAAAAAl0MAAH9DlvwBOgAAIA1BAWoLIQ0gD0EBaiEPIA5BDGohDgwBCwsgEkEBaiESIAogC2ohCwwBCwsLIBBBAWohECAAIAFBAnRqIQAgDCAEIBNsaiEMDAELCyARQQFqIREgCSAEIApsaiEJDAELCwvtCQIIewR/A0AgAyAQSgRAQQAhDwNAIA9BCEkEQCAAIAEgD2xqIhEgAmr9AAQAIQcgESACQQNsav0ABAAhCCARIAJBBWxq/QAEACEJIBEgAkEHbGr9AAQAIQogBiAPQQR0aiISIBEgAkECdGr9AAQAIgsgESACQQF0av0ABAAiDP3lAf0MAACoQAAAqEAAAKhAAACoQP3mASAR/QAEACARIAJBBmxq/QAEACIN/eUB/eQB/QsEACASIAggCf3lAf0MAACoQAAAqEAAAKhAAACoQP3mASAKIAf95QH95AH9CwSAByASIAv9DAAAiMAAAIjAAACIwAAAiMD95gEgDCAN/eQB/eQBIgogCP0MAACIwAAAiMAAAIjAAACIwP3mASAHIAn95AH95AEiDv3kAf0LBIABIBIgCiAO/eUB/QsEgAIgEiAM/QwAAIA+AACAPgAAgD4AAIA+/eYBIAv9DAAAoL8AAKC/AACgvwAAoL/95gEgDf3kAf3kASIKIAn9DAAAAEAAAABAAAAAQAAAAED95gEgCP0MAAAgwAAAIMAAACDAAAAgwP3mASIIIAf9DAAAAD8AAAA/AAAAPwAAAD/95gH95AH95AEiDv3kAf0LBIADIBIgCiAO/eUB/QsEgAQgEiAM/QwAAIBAAACAQAAAgEAAAIBA/eYBIAv9DAAAoMAAAKDAAACgwAAAoMD95gEgDf3kAf3kASIKIAf9DAAAAEAAAABAAAAAQAAAAED95gEgCCAJ/QwAAAA/AAAAPwAAAD8AAAA//eYB/eQB/eQBIgf95AH9CwSABSASIAogB/3lAf0LBIAGIA9BAWohDwwBCwtBACEPA0AgD0EISQRAIAYgD0EHdGoiEf0ABBAhByAR/QAEMCEIIBH9AARQIQkgEf0ABHAhCiAEIA9BA3QgBWxqIhIgEUFAa/0ABAAiCyAR/QAEICIM/eUB/QwAAKhAAACoQAAAqEAAAKhA/eYBIBH9AAQAIBH9AARgIg395QH95AH9CwQAIBIgBUEHbGogCCAJ/eUB/QwAAKhAAACoQAAAqEAAAKhA/eYBIAogB/3lAf3kAf0LBAAgBSASaiAL/QwAAIjAAACIwAAAiMAAAIjA/eYBIAwgDf3kAf3kASIKIAj9DAAAiMAAAIjAAACIwAAAiMD95gEgByAJ/eQB/eQBIg795AH9CwQAIBIgBUEBdGogCiAO/eUB/QsEACASIAVBA2xqIAz9DAAAgD4AAIA+AACAPgAAgD795gEgC/0MAACgvwAAoL8AAKC/AACgv/3mASAN/eQB/eQBIgogCf0MAAAAQAAAAEAAAABAAAAAQP3mASAI/QwAACDAAAAgwAAAIMAAACDA/eYBIgggB/0MAAAAPwAAAD8AAAA/AAAAP/3mAf3kAf3kASIO/eQB/QsEACASIAVBAnRqIAogDv3lAf0LBAAgEiAFQQVsaiAM/QwAAIBAAACAQAAAgEAAAIBA/eYBIAv9DAAAoMAAAKDAAACgwAAAoMD95gEgDf3kAf3kASIKIAf9DAAAAEAAAABAAAAAQAAAAED95gEgCCAJ/QwAAAA/AAAAPwAAAD8AAAA//eYB/eQB/eQBIgf95AH9CwQAIBIgBUEGbGogCiAH/eUB/QsEACAPQQFqIQ8MAQsLIBBBBGohECAAQRBqIQAgBEEQaiEEDAELCwsWACAAIAFqQYAYbEGAEGogAUGAG2xqC/4OAh9/GHsgACAPakEBayAAbSIoIAAgDmpBAWsgAG1sISIgACAAbCElIBFBgBBqIiAgA0EwbCIhQQZ0aiIfIAZBMGwiJEEGdGoiFiAGQcANbGohFQNAICIgKkoEQEEMICIgKmsiEiASQQxKGyEnQQAhEwNAIBMgJ0gEQCATICpqIhQgKG0hEiABIBQgEiAobGsgAiASbGogAGwgA2xBAnRqIANBAnQgAiADbEECdCADICAgAyATbEECdGogISAREAkgE0EBaiETDAELCyAnQQVqQQZtQQZsIR1BACEwA0AgMEHAAEgEQCAgICEgMGxqIRQgA0ECdCEcIAQgAyAwbCAGbEECdGohGCAfICQgMGxqIRcgBkECdCEbIAVBACAwQQlGGyEmQQAhKQNAIAYgKUoEQCAUIRMgFyESQQAhIwNAIB0gI0oEQCATIRkgEyAcaiEvIBMgHEEBdGohLiATIBxBA2xqIS0gEyAcQQJ0aiEsIBMgHEEFbGohKyAYIRogJgR7ICYgKUECdGr9AAQABf0MAAAAAAAAAAAAAAAAAAAAAAsiQSExICYEeyAmIClBAnRq/QAEEAX9DAAAAAAAAAAAAAAAAAAAAAALIjIhQCAyIjQiSCJGIUQgMSIzIkciRSFDQQAhHgNAIAMgHkoEQCAZ/QkCDCI4IBr9AARgIj/95gEgGf0JAggiNyAa/QAEQCI+/eYBIBn9CQIEIjYgGv0ABCAiPf3mASAZ/QkCACI1IBr9AAQAIkL95gEgQf3kAf3kAf3kAf3kASFBIDggGv0ABHAiPP3mASA3IBr9AARQIjv95gEgNiAa/QAEMCI6/eYBIDUgGv0ABBAiOf3mASAy/eQB/eQB/eQB/eQBITIgL/0JAgwiOCA//eYBIC/9CQIIIjcgPv3mASAv/QkCBCI2ID395gEgL/0JAgAiNSBC/eYBIDH95AH95AH95AH95AEhMSA4IDz95gEgNyA7/eYBIDYgOv3mASA1IDn95gEgQP3kAf3kAf3kAf3kASFAIC79CQIMIjggP/3mASAu/QkCCCI3ID795gEgLv0JAgQiNiA9/eYBIC79CQIAIjUgQv3mASBD/eQB/eQB/eQB/eQBIUMgOCA8/eYBIDcgO/3mASA2IDr95gEgNSA5/eYBIDT95AH95AH95AH95AEhNCAt/QkCDCI4ID/95gEgLf0JAggiNyA+/eYBIC39CQIEIjYgPf3mASAt/QkCACI1IEL95gEgM/3kAf3kAf3kAf3kASEzIDggPP3mASA3IDv95gEgNiA6/eYBIDUgOf3mASBI/eQB/eQB/eQB/eQBIUggLP0JAgwiOCA//eYBICz9CQIIIjcgPv3mASAs/QkCBCI2ID395gEgLP0JAgAiNSBC/eYBIEf95AH95AH95AH95AEhRyA4IDz95gEgNyA7/eYBIDYgOv3mASA1IDn95gEgRv3kAf3kAf3kAf3kASFGICv9CQIMIjggP/3mASAr/QkCCCI3ID795gEgK/0JAgQiNiA9/eYBICv9CQIAIjUgQv3mASBF/eQB/eQB/eQB/eQBIUUgOCA8/eYBIDcgO/3mASA2IDr95gEgNSA5/eYBIET95AH95AH95AH95AEhRCAZQRBqIRkgL0EQaiEvIC5BEGohLiAtQRBqIS0gLEEQaiEsICtBEGohKyAaQYABaiEaIB5BBGohHgwBCwsgEiBB/QsEACASIDL9CwQQIBIgG2oiGSAx/QsEACAZIED9CwQQIBIgG0EBdGoiGSBD/QsEACAZIDT9CwQQIBIgG0EDbGoiGSAz/QsEACAZIEj9CwQQIBIgG0ECdGoiGSBH/QsEACAZIEb9CwQQIBIgG0EFbGoiGSBF/QsEACAZIET9CwQQIBMgHEEGbGohEyASIBtBBmxqIRIgI0EGaiEjDAELCyApQQhqISkgGCADQQV0aiEYIBdBIGohFwwBCwsgMEEBaiEwDAELCyAGICVsQQJ0IRRBACETA0AgEyAnSQRAIB8gEyAGQQJ0bGohEiAAQQRGBEAgEiAkIAYgFiATIBRsaiAHIBEQDQUgEiAkIAYgFiATIBRsaiAHIBEQDAsgE0EBaiETDAELCyAWIRIgCAR/IBIgBkECdCAIIBUgCkECdCAdICVsIAogBiAJQQAQACAVIRIgCgUgBgshE0EAIRoDQCAaICdIBEAgEiAaICVsIBNsQQJ0aiEeIAsgGiAqaiIXIChtIhQgDGwgFyAUIChsayIXaiAAbCANbEECdGohHSAAIA4gACAUbGsiFCAAIBRIGyEcIAAgDyAAIBdsayIUIAAgFEgbIRtBACEYA0AgGCAcSARAIB4gACAYbCATbEECdGohFyAdIAwgGGwgDWxBAnRqISNBACEwA0AgGyAwSgRAQQAhGQNAIBMgGUoEQCAX/QAEACExICMgGUECdGoiFCAQBHsgFP0ABAAgMf3kAQUgMQv9CwQAIBlBBGohGSAXQRBqIRcMAQsLIDBBAWohMCAjIA1BAnRqISMMAQsLIBhBAWohGAwBCwsgGkEBaiEaDAELCyAqQQxqISoMAQsLC+cIAgx7Bn8gAkECdCETIAT9EyEGA0AgAiAUSgRAQQAhEgNAIBJBCEkEQCAAIAEgEmxqIhYgAUEDdCIXav0ABAAhByAWIBdBB2xq/QAEACEIIAUgEkEEdGoiFSAW/QAEACAHIBYgF0EBdGr9AAQAIgn95AEiCv3kASAWIBdBA2xq/QAEACILIBYgF0ECdGr9AAQAIgz95AEiDSAWIBdBBWxq/QAEACIOIBYgF0EGbGr9AAQAIg/95AEiEP3kAf3kAf0LBAAgFSAOIA/95QEiDv0MAAAAPwAAAD8AAAA/AAAAP/3mASALIAz95QEiC/0MAAAAQAAAAEAAAABAAAAAQP3mASAHIAn95QEiB/3kAf3kAf0LBIABIBUgEP0MAACAPgAAgD4AAIA+AACAPv3mASAN/QwAAIBAAACAQAAAgEAAAIBA/eYBIAr95AH95AH9CwSAAiAVIA79DAAAAD4AAAA+AAAAPgAAAD795gEgC/0MAAAAQQAAAEEAAABBAAAAQf3mASAH/eQB/eQB/QsEgAMgFSAQ/QwAAIA9AACAPQAAgD0AAIA9/eYBIA39DAAAgEEAAIBBAACAQQAAgEH95gEgCv3kAf3kAf0LBIAEIBUgDv0MAAAAPQAAAD0AAAA9AAAAPf3mASAL/QwAAABCAAAAQgAAAEIAAABC/eYBIAcgCP3kAf3kAf3kAf0LBIAFIBJBAWohEgwBCwtBACESA0AgEkEGSARAIAUgEkEHdGoiFf0ABBAhCCAV/QAEcCEJIAMgEkEGbCATbGoiFiAV/QAEACAIIBX9AAQgIgr95AEiC/3kASAV/QAEMCIMIBVBQGv9AAQAIg395AEiDiAV/QAEUCIPIBX9AARgIhD95AEiEf3kAf3kASIHIAcgBv3mAf3rAf0LBAAgEyAWaiAPIBD95QEiB/0MAAAAPwAAAD8AAAA/AAAAP/3mASAMIA395QEiDP0MAAAAQAAAAEAAAABAAAAAQP3mASAIIAr95QEiCP3kAf3kASIKIAogBv3mAf3rAf0LBAAgFiATQQF0aiAR/QwAAIA+AACAPgAAgD4AAIA+/eYBIA79DAAAgEAAAIBAAACAQAAAgED95gEgC/3kAf3kASIKIAogBv3mAf3rAf0LBAAgFiATQQNsaiAH/QwAAAA+AAAAPgAAAD4AAAA+/eYBIAz9DAAAAEEAAABBAAAAQQAAAEH95gEgCP3kAf3kASIKIAogBv3mAf3rAf0LBAAgFiATQQJ0aiAR/QwAAIA9AACAPQAAgD0AAIA9/eYBIA79DAAAgEEAAIBBAACAQQAAgEH95gEgC/3kAf3kASIKIAogBv3mAf3rAf0LBAAgFiATQQVsaiAH/QwAAAA9AAAAPQAAAD0AAAA9/eYBIAz9DAAAAEIAAABCAAAAQgAAAEL95gEgCCAJ/eQB/eQB/eQBIgcgByAG/eYB/esB/QsEACASQQFqIRIMAQsLIBRBBGohFCAAQRBqIQAgA0EQaiEDDAELCwvRBgIGfwx7IAJBAnQhByAE/RMhDANAIAIgCEoEQEEAIQYDQCAGQQhJBEAgACABIAZsaiIKIAFBA3QiCWr9AAQAIQ0gCiAJQQdsav0ABAAhDiAFIAZBBHRqIgsgCv0ABAAgDSAKIAlBAXRq/QAEACIP/eQBIhD95AEgCiAJQQNsav0ABAAiESAKIAlBAnRq/QAEACIS/eQBIhMgCiAJQQVsav0ABAAiFCAKIAlBBmxq/QAEACIV/eQBIhb95AH95AH9CwQAIAsgFCAV/eUBIhT9DAAAAD8AAAA/AAAAPwAAAD/95gEgESAS/eUBIhH9DAAAAEAAAABAAAAAQAAAAED95gEgDSAP/eUBIg395AH95AH9CwSAASALIBb9DAAAgD4AAIA+AACAPgAAgD795gEgE/0MAACAQAAAgEAAAIBAAACAQP3mASAQ/eQB/eQB/QsEgAIgCyAU/QwAAAA+AAAAPgAAAD4AAAA+/eYBIBH9DAAAAEEAAABBAAAAQQAAAEH95gEgDSAO/eQB/eQB/eQB/QsEgAMgBkEBaiEGDAELC0EAIQYDQCAGQQRIBEAgBSAGQQd0aiIJ/QAEECEOIAn9AARwIQ8gAyAGQQJ0IAdsaiIKIAn9AAQAIA4gCf0ABCAiEP3kASIR/eQBIAn9AAQwIhIgCUFAa/0ABAAiE/3kASIUIAn9AARQIhUgCf0ABGAiFv3kASIX/eQB/eQBIg0gDSAM/eYB/esB/QsEACAHIApqIBUgFv3lASIN/QwAAAA/AAAAPwAAAD8AAAA//eYBIBIgE/3lASIS/QwAAABAAAAAQAAAAEAAAABA/eYBIA4gEP3lASIO/eQB/eQBIhAgECAM/eYB/esB/QsEACAKIAdBAXRqIBf9DAAAgD4AAIA+AACAPgAAgD795gEgFP0MAACAQAAAgEAAAIBAAACAQP3mASAR/eQB/eQBIhAgECAM/eYB/esB/QsEACAKIAdBA2xqIA39DAAAAD4AAAA+AAAAPgAAAD795gEgEv0MAAAAQQAAAEEAAABBAAAAQf3mASAOIA/95AH95AH95AEiDSANIAz95gH96wH9CwQAIAZBAWohBgwBCwsgCEEEaiEIIABBEGohACADQRBqIQMMAQsLCw==");

  // kernels:kernels:relaxed
  var kernels_relaxed_default = __toBinary("AGFzbQEAAAABZglgC39/f39/f39/f39/AGAHf39/f39/fwBgCH9/f39/f39/AGAGf39/f31/AGAKf39/f39/f39/fwBgBn9/f39/fwBgBX9/f39/AGACf38Bf2ASf39/f39/f31/f39/f39/f39/AAISAQNlbnYGbWVtb3J5AgMQgIAEAw8OBAUAAQIAAgYAAQcIAwMHcQsIY29udm9sdmUACw9jb252b2x2ZVNjcmF0Y2gACghtdWx0aXBseQAAB3RvQnl0ZXMACAhhZGRHYXRlZAAHBWNsZWFyAAYHZW5sYXJnZQAFBmluc2lkZQAEBXBsYWNlAAMGcmVnaW9uAAIEc3VtcwABCr8/DpoJAhh7DH8gASElIAQhIwNAIAYgLEoEQCAAIQEgAyEiQQAhLQNAIAUgLUoEQCAlIAEiBGohJyAEICVBAXRqISggBCAlQQNsaiEpIAQgJUECdGohKiAEICVBBWxqISsgAiEkIAkEeyAi/QAEACEUICL9AAQQIQwgIiAjaiIm/QAEACENICb9AAQQIRUgIiAjQQF0aiIm/QAEACEKICb9AAQQIQsgIiAjQQNsaiIm/QAEACEOICb9AAQQIQ8gIiAjQQJ0aiIm/QAEACEQICb9AAQQIREgIiAjQQVsaiIm/QAEACESICb9AAQQBSAIBHsgCCAsQQJ0av0ABAAF/QwAAAAAAAAAAAAAAAAAAAAACyIUIQ0gCAR7IAggLEECdGr9AAQQBf0MAAAAAAAAAAAAAAAAAAAAAAsiDCEVIAwiCyIPIREgDSIKIg4iECESIAwLIRZBACEmA0AgByAmSgRAIAT9CQIMIhcgJP0ABGAiGCAE/QkCCCIZICT9AARAIhogBP0JAgQiGyAk/QAEICIcIAT9CQIAIh0gJP0ABAAiEyAU/YUC/YUC/YUC/YUCIRQgFyAk/QAEcCIXIBkgJP0ABFAiGSAbICT9AAQwIhsgHSAk/QAEECIdIAz9hQL9hQL9hQL9hQIhDCAn/QkCDCIeIBggJ/0JAggiHyAaICf9CQIEIiAgHCAn/QkCACIhIBMgDf2FAv2FAv2FAv2FAiENIB4gFyAfIBkgICAbICEgHSAV/YUC/YUC/YUC/YUCIRUgKP0JAgwiHiAYICj9CQIIIh8gGiAo/QkCBCIgIBwgKP0JAgAiISATIAr9hQL9hQL9hQL9hQIhCiAeIBcgHyAZICAgGyAhIB0gC/2FAv2FAv2FAv2FAiELICn9CQIMIh4gGCAp/QkCCCIfIBogKf0JAgQiICAcICn9CQIAIiEgEyAO/YUC/YUC/YUC/YUCIQ4gHiAXIB8gGSAgIBsgISAdIA/9hQL9hQL9hQL9hQIhDyAq/QkCDCIeIBggKv0JAggiHyAaICr9CQIEIiAgHCAq/QkCACIhIBMgEP2FAv2FAv2FAv2FAiEQIB4gFyAfIBkgICAbICEgHSAR/YUC/YUC/YUC/YUCIREgK/0JAgwiHiAYICv9CQIIIhggGiAr/QkCBCIaIBwgK/0JAgAiHCATIBL9hQL9hQL9hQL9hQIhEiAeIBcgGCAZIBogGyAcIB0gFv2FAv2FAv2FAv2FAiEWIARBEGohBCAnQRBqIScgKEEQaiEoIClBEGohKSAqQRBqISogK0EQaiErICRBgAFqISQgJkEEaiEmDAELCyAiIBT9CwQAICIgDP0LBBAgIiAjaiIEIA39CwQAIAQgFf0LBBAgIiAjQQF0aiIEIAr9CwQAIAQgC/0LBBAgIiAjQQNsaiIEIA79CwQAIAQgD/0LBBAgIiAjQQJ0aiIEIBD9CwQAIAQgEf0LBBAgIiAjQQVsaiIEIBL9CwQAIAQgFv0LBBAgASAlQQZsaiEBICIgI0EGbGohIiAtQQZqIS0MAQsLICxBCGohLCACIAdBBXRqIQIgA0EgaiEDDAELCwv2AQIDewV/IAJBAnQhDANAIAIgDUoEQP0MAAAAAAAAAAAAAAAAAAAAACEH/QwAAAAAAAAAAAAAAAAAAAAAIQhBACEJA0AgAyAJSgRAIAAgASAJbCAMbGohCv0MAAAAAAAAAAAAAAAAAAAAACEGQQAhCwNAIAQgC0oEQCAGIAr9AAQA/eQBIQYgC0EBaiELIAogDGohCgwBCwsgByAG/V/98AEhByAIIAYgBv0NCAkKCwwNDg8ICQoLDA0OD/1f/fABIQggCUEBaiEJDAELCyAFIAf9CwQAIAUgCP0LBBAgDUEEaiENIABBEGohACAFQSBqIQUMAQsLC6ADAgp/AXsgA0ECdCEMIApBAnQhDyAFIQMDQCADIAUgB2pIBEAgACACIANsIAxsaiEQIAIgDGwiCkEAIANBAEobIREgCkEAIAMgAUEBa0gbIRIgBiEKA0AgCiAGIAhqSARAAkAgA0EASCABIANMciAKQQBIciACIApMcgRAQQAhCwNAIAsgDEkEQCAJIAtq/QwAAAAAAAAAAAAAAAAAAAAA/QsEACALQRBqIQsMAQsLDAELIBAgCiAMbGohDiAERQRAQQAhCwNAIAsgDEkEQCAJIAtqIAsgDmr9AAQA/QsEACALQRBqIQsMAQsLDAELIAxBACAKQQBKGyETIAxBACAKIAJBAWtIGyEUQQAhCwNAIAsgDEkEQCAJIAtqIBQgCyAOaiINav0ABAAgDSATa/0ABAD95QEiFSAV/eYBIA0gEmr9AAQAIA0gEWv9AAQA/eUBIhUgFf3mAf3kAf0MvTeGNb03hjW9N4Y1vTeGNf3kAf3jAf0LBAAgC0EQaiELDAELCwsgCkEBaiEKIAkgD2ohCQwBCwsgA0EBaiEDDAELCwtGAQF/IAIgBmxBAnQhBgNAIAUgB0oEQCADIAAgBvwKAAAgACABIAJsQQJ0aiEAIAMgAiAEbEECdGohAyAHQQFqIQcMAQsLC4YBAQJ/IAIhCANAIAggAiAEakgEQCADIQkDQCAJIAMgBWpIBEAgAP0MAAAAAAAAAAAAAAAAAAAAAP0MAACAPwAAAAAAAAAAAAAAACAIQQBIIAYgCExyIAlBAEhyIAcgCUxyG/0LBAAgCUEBaiEJIAAgAUECdGohAAwBCwsgCEEBaiEIDAELCwvCAQEFfyAEQQJ0IQ0gBiEEA0AgBCAGIAhqSARAIAQiC0EASAR/QQAgBUEBayAEayAFbWsFIAsgBW0LIAFrIANsIAJrIQ4gByEEA0AgBCAHIAlqSARAIAAgBEEASAR/QQAgBUEBayAEayAFbWsFIAQgBW0LIA5qIA1saiEPQQAhDANAIAwgDUkEQCAKIAxqIAwgD2r9AAQA/QsEACAMQRBqIQwMAQsLIARBAWohBCAKIA1qIQoMAQsLIAtBAWohBAwBCwsLawECfyABQQJ0IQkgAiEBA0AgASACIARqSARAIAMhCANAIAggAyAFakgEQCABQQBIIAEgBk5yIAhBAEhyIAcgCExyBEAgAEEAIAn8CwALIAhBAWohCCAAIAlqIQAMAQsLIAFBAWohAQwBCwsLbgEDfyADQQJ0IQUDQCAEIAZKBEBBACEDA0AgAyAFSQRAIAAgA2oiByAH/QAEACABIANq/QAEACACIANq/QAEAP3mAf3kAf0LBAAgA0EQaiEDDAELCyAGQQFqIQYgACAFaiEAIAEgBWohAQwBCwsL6AUDCn8EewZ9QQFBAyAIGyETA0AgAiARSgRAIAkhDCARIAdtIAZsIRRBACEQA0AgAyAQSgRAIAUEfyAFIBQgECAHbWpBBHRqBUEACyEPIAhFIARBBEZxBEAgACENIAwhC0EAIQ4gDwR7IA/9AAQABf0MAAAAAAAAAAAAAAAAAAAAAAsiFyAX/Q0AAQIDBAUGBwgJCgsAAQIDIRUgFyAX/Q0EBQYHCAkKCwABAgMEBQYHIRYgFyAX/Q0ICQoLAAECAwQFBgcICQoLIRgDQCAOQQRIBEAgCyAN/QAEACAV/eQB/QwAAH9DAAB/QwAAf0MAAH9D/eYB/Wr9+AEgDf0ABBAgFv3kAf0MAAB/QwAAf0MAAH9DAAB/Q/3mAf1q/fgB/YUBIA39AAQgIBj95AH9DAAAf0MAAH9DAAB/QwAAf0P95gH9av34Af0MAAAAAAAAAAAAAAAAAAAAAP2FAf1mIhf9WwMAACALIBf9WgIIAiAOQQFqIQ4gDUEwaiENIAogC2ohCwwBCwsFIAAhDiAMIQtBACESIA8EfSAPKgIABUMAAAAACyEcIA8EfSAPKgIEBUMAAAAACyEdIA8EfSAPKgIIBUMAAAAACyEeA0AgBCASSgRAIAshDUEAIQ8DQCAEIA9KBEAgDioCACAckiEZIA4qAgQgHZIhGiAOKgIIIB6SIRsgCAR/IA0gGSAakiAbkkMAAKpClJBDAAAAAJdDAAB/Q5b8AToAACANQQFqBSANIBlDAAB/Q5SQQwAAAACXQwAAf0OW/AE6AAAgDSAaQwAAf0OUkEMAAAAAl0MAAH9DlvwBOgABIA1BAmoiDSAbQwAAf0OUkEMAAAAAl0MAAH9DlvwBOgAAIA1BAWoLIQ0gD0EBaiEPIA5BDGohDgwBCwsgEkEBaiESIAogC2ohCwwBCwsLIBBBAWohECAAIAFBAnRqIQAgDCAEIBNsaiEMDAELCyARQQFqIREgCSAEIApsaiEJDAELCwvLCQIIewR/A0AgAyAQSgRAQQAhDwNAIA9BCEkEQCAAIAEgD2xqIhEgAmr9AAQAIQcgESACQQNsav0ABAAhCCARIAJBBWxq/QAEACEJIBEgAkEHbGr9AAQAIQogBiAPQQR0aiISIBEgAkECdGr9AAQAIgsgESACQQF0av0ABAAiDP3lAf0MAACoQAAAqEAAAKhAAACoQCAR/QAEACARIAJBBmxq/QAEACIN/eUB/YUC/QsEACASIAggCf3lAf0MAACoQAAAqEAAAKhAAACoQCAKIAf95QH9hQL9CwSAByASIAv9DAAAiMAAAIjAAACIwAAAiMAgDCAN/eQB/YUCIgogCP0MAACIwAAAiMAAAIjAAACIwCAHIAn95AH9hQIiDv3kAf0LBIABIBIgCiAO/eUB/QsEgAIgEiAM/QwAAIA+AACAPgAAgD4AAIA+IAv9DAAAoL8AAKC/AACgvwAAoL8gDf2FAv2FAiIKIAn9DAAAAEAAAABAAAAAQAAAAEAgCP0MAAAgwAAAIMAAACDAAAAgwCAH/QwAAAA/AAAAPwAAAD8AAAA//eYB/YUC/YUCIg795AH9CwSAAyASIAogDv3lAf0LBIAEIBIgDP0MAACAQAAAgEAAAIBAAACAQCAL/QwAAKDAAACgwAAAoMAAAKDAIA39hQL9hQIiCiAH/QwAAABAAAAAQAAAAEAAAABAIAj9DAAAIMAAACDAAAAgwAAAIMAgCf0MAAAAPwAAAD8AAAA/AAAAP/3mAf2FAv2FAiIH/eQB/QsEgAUgEiAKIAf95QH9CwSABiAPQQFqIQ8MAQsLQQAhDwNAIA9BCEkEQCAGIA9BB3RqIhH9AAQQIQcgEf0ABDAhCCAR/QAEUCEJIBH9AARwIQogBCAPQQN0IAVsaiISIBFBQGv9AAQAIgsgEf0ABCAiDP3lAf0MAACoQAAAqEAAAKhAAACoQCAR/QAEACAR/QAEYCIN/eUB/YUC/QsEACASIAVBB2xqIAggCf3lAf0MAACoQAAAqEAAAKhAAACoQCAKIAf95QH9hQL9CwQAIAUgEmogC/0MAACIwAAAiMAAAIjAAACIwCAMIA395AH9hQIiCiAI/QwAAIjAAACIwAAAiMAAAIjAIAcgCf3kAf2FAiIO/eQB/QsEACASIAVBAXRqIAogDv3lAf0LBAAgEiAFQQNsaiAM/QwAAIA+AACAPgAAgD4AAIA+IAv9DAAAoL8AAKC/AACgvwAAoL8gDf2FAv2FAiIKIAn9DAAAAEAAAABAAAAAQAAAAEAgCP0MAAAgwAAAIMAAACDAAAAgwCAH/QwAAAA/AAAAPwAAAD8AAAA//eYB/YUC/YUCIg795AH9CwQAIBIgBUECdGogCiAO/eUB/QsEACASIAVBBWxqIAz9DAAAgEAAAIBAAACAQAAAgEAgC/0MAACgwAAAoMAAAKDAAACgwCAN/YUC/YUCIgogB/0MAAAAQAAAAEAAAABAAAAAQCAI/QwAACDAAAAgwAAAIMAAACDAIAn9DAAAAD8AAAA/AAAAPwAAAD/95gH9hQL9hQIiB/3kAf0LBAAgEiAFQQZsaiAKIAf95QH9CwQAIA9BAWohDwwBCwsgEEEEaiEQIABBEGohACAEQRBqIQQMAQsLCxYAIAAgAWpBgBhsQYAQaiABQYAbbGoL7g0CH38YeyAAIA9qQQFrIABtIiggACAOakEBayAAbWwhIiAAIABsISUgEUGAEGoiICADQTBsIiFBBnRqIh8gBkEwbCIkQQZ0aiIWIAZBwA1saiEVA0AgIiAqSgRAQQwgIiAqayISIBJBDEobISdBACETA0AgEyAnSARAIBMgKmoiFCAobSESIAEgFCASIChsayACIBJsaiAAbCADbEECdGogA0ECdCACIANsQQJ0IAMgICADIBNsQQJ0aiAhIBEQCSATQQFqIRMMAQsLICdBBWpBBm1BBmwhHUEAITADQCAwQcAASARAICAgISAwbGohFCADQQJ0IRwgBCADIDBsIAZsQQJ0aiEYIB8gJCAwbGohFyAGQQJ0IRsgBUEAIDBBCUYbISZBACEpA0AgBiApSgRAIBQhEyAXIRJBACEjA0AgHSAjSgRAIBMhGSATIBxqIS8gEyAcQQF0aiEuIBMgHEEDbGohLSATIBxBAnRqISwgEyAcQQVsaiErIBghGiAmBHsgJiApQQJ0av0ABAAF/QwAAAAAAAAAAAAAAAAAAAAACyJBITEgJgR7ICYgKUECdGr9AAQQBf0MAAAAAAAAAAAAAAAAAAAAAAsiMiFAIDIiNCJIIkYhRCAxIjMiRyJFIUNBACEeA0AgAyAeSgRAIBn9CQIMIjggGv0ABGAiPyAZ/QkCCCI3IBr9AARAIj4gGf0JAgQiNiAa/QAEICI9IBn9CQIAIjUgGv0ABAAiQiBB/YUC/YUC/YUC/YUCIUEgOCAa/QAEcCI8IDcgGv0ABFAiOyA2IBr9AAQwIjogNSAa/QAEECI5IDL9hQL9hQL9hQL9hQIhMiAv/QkCDCI4ID8gL/0JAggiNyA+IC/9CQIEIjYgPSAv/QkCACI1IEIgMf2FAv2FAv2FAv2FAiExIDggPCA3IDsgNiA6IDUgOSBA/YUC/YUC/YUC/YUCIUAgLv0JAgwiOCA/IC79CQIIIjcgPiAu/QkCBCI2ID0gLv0JAgAiNSBCIEP9hQL9hQL9hQL9hQIhQyA4IDwgNyA7IDYgOiA1IDkgNP2FAv2FAv2FAv2FAiE0IC39CQIMIjggPyAt/QkCCCI3ID4gLf0JAgQiNiA9IC39CQIAIjUgQiAz/YUC/YUC/YUC/YUCITMgOCA8IDcgOyA2IDogNSA5IEj9hQL9hQL9hQL9hQIhSCAs/QkCDCI4ID8gLP0JAggiNyA+ICz9CQIEIjYgPSAs/QkCACI1IEIgR/2FAv2FAv2FAv2FAiFHIDggPCA3IDsgNiA6IDUgOSBG/YUC/YUC/YUC/YUCIUYgK/0JAgwiOCA/ICv9CQIIIjcgPiAr/QkCBCI2ID0gK/0JAgAiNSBCIEX9hQL9hQL9hQL9hQIhRSA4IDwgNyA7IDYgOiA1IDkgRP2FAv2FAv2FAv2FAiFEIBlBEGohGSAvQRBqIS8gLkEQaiEuIC1BEGohLSAsQRBqISwgK0EQaiErIBpBgAFqIRogHkEEaiEeDAELCyASIEH9CwQAIBIgMv0LBBAgEiAbaiIZIDH9CwQAIBkgQP0LBBAgEiAbQQF0aiIZIEP9CwQAIBkgNP0LBBAgEiAbQQNsaiIZIDP9CwQAIBkgSP0LBBAgEiAbQQJ0aiIZIEf9CwQAIBkgRv0LBBAgEiAbQQVsaiIZIEX9CwQAIBkgRP0LBBAgEyAcQQZsaiETIBIgG0EGbGohEiAjQQZqISMMAQsLIClBCGohKSAYIANBBXRqIRggF0EgaiEXDAELCyAwQQFqITAMAQsLIAYgJWxBAnQhFEEAIRMDQCATICdJBEAgHyATIAZBAnRsaiESIABBBEYEQCASICQgBiAWIBMgFGxqIAcgERANBSASICQgBiAWIBMgFGxqIAcgERAMCyATQQFqIRMMAQsLIBYhEiAIBH8gEiAGQQJ0IAggFSAKQQJ0IB0gJWwgCiAGIAlBABAAIBUhEiAKBSAGCyETQQAhGgNAIBogJ0gEQCASIBogJWwgE2xBAnRqIR4gCyAaICpqIhcgKG0iFCAMbCAXIBQgKGxrIhdqIABsIA1sQQJ0aiEdIAAgDiAAIBRsayIUIAAgFEgbIRwgACAPIAAgF2xrIhQgACAUSBshG0EAIRgDQCAYIBxIBEAgHiAAIBhsIBNsQQJ0aiEXIB0gDCAYbCANbEECdGohI0EAITADQCAbIDBKBEBBACEZA0AgEyAZSgRAIBf9AAQAITEgIyAZQQJ0aiIUIBAEeyAU/QAEACAx/eQBBSAxC/0LBAAgGUEEaiEZIBdBEGohFwwBCwsgMEEBaiEwICMgDUECdGohIwwBCwsgGEEBaiEYDAELCyAaQQFqIRoMAQsLICpBDGohKgwBCwsLqwgCDHsGfyACQQJ0IRMgBP0TIQYDQCACIBRKBEBBACESA0AgEkEISQRAIAAgASASbGoiFiABQQN0Ihdq/QAEACEHIBYgF0EHbGr9AAQAIQggBSASQQR0aiIVIBb9AAQAIAcgFiAXQQF0av0ABAAiCf3kASIK/eQBIBYgF0EDbGr9AAQAIgsgFiAXQQJ0av0ABAAiDP3kASINIBYgF0EFbGr9AAQAIg4gFiAXQQZsav0ABAAiD/3kASIQ/eQB/eQB/QsEACAVIA4gD/3lASIO/QwAAAA/AAAAPwAAAD8AAAA/IAsgDP3lASIL/QwAAABAAAAAQAAAAEAAAABAIAcgCf3lASIH/YUC/YUC/QsEgAEgFSAQ/QwAAIA+AACAPgAAgD4AAIA+IA39DAAAgEAAAIBAAACAQAAAgEAgCv2FAv2FAv0LBIACIBUgDv0MAAAAPgAAAD4AAAA+AAAAPiAL/QwAAABBAAAAQQAAAEEAAABBIAf9hQL9hQL9CwSAAyAVIBD9DAAAgD0AAIA9AACAPQAAgD0gDf0MAACAQQAAgEEAAIBBAACAQSAK/YUC/YUC/QsEgAQgFSAO/QwAAAA9AAAAPQAAAD0AAAA9IAv9DAAAAEIAAABCAAAAQgAAAEIgByAI/eQB/YUC/YUC/QsEgAUgEkEBaiESDAELC0EAIRIDQCASQQZIBEAgBSASQQd0aiIV/QAEECEIIBX9AARwIQkgAyASQQZsIBNsaiIWIBX9AAQAIAggFf0ABCAiCv3kASIL/eQBIBX9AAQwIgwgFUFAa/0ABAAiDf3kASIOIBX9AARQIg8gFf0ABGAiEP3kASIR/eQB/eQBIgcgByAG/eYB/esB/QsEACATIBZqIA8gEP3lASIH/QwAAAA/AAAAPwAAAD8AAAA/IAwgDf3lASIM/QwAAABAAAAAQAAAAEAAAABAIAggCv3lASII/YUC/YUCIgogCiAG/eYB/esB/QsEACAWIBNBAXRqIBH9DAAAgD4AAIA+AACAPgAAgD4gDv0MAACAQAAAgEAAAIBAAACAQCAL/YUC/YUCIgogCiAG/eYB/esB/QsEACAWIBNBA2xqIAf9DAAAAD4AAAA+AAAAPgAAAD4gDP0MAAAAQQAAAEEAAABBAAAAQSAI/YUC/YUCIgogCiAG/eYB/esB/QsEACAWIBNBAnRqIBH9DAAAgD0AAIA9AACAPQAAgD0gDv0MAACAQQAAgEEAAIBBAACAQSAL/YUC/YUCIgogCiAG/eYB/esB/QsEACAWIBNBBWxqIAf9DAAAAD0AAAA9AAAAPQAAAD0gDP0MAAAAQgAAAEIAAABCAAAAQiAIIAn95AH9hQL9hQIiByAHIAb95gH96wH9CwQAIBJBAWohEgwBCwsgFEEEaiEUIABBEGohACADQRBqIQMMAQsLC60GAgZ/DHsgAkECdCEHIAT9EyEMA0AgAiAISgRAQQAhBgNAIAZBCEkEQCAAIAEgBmxqIgogAUEDdCIJav0ABAAhDSAKIAlBB2xq/QAEACEOIAUgBkEEdGoiCyAK/QAEACANIAogCUEBdGr9AAQAIg/95AEiEP3kASAKIAlBA2xq/QAEACIRIAogCUECdGr9AAQAIhL95AEiEyAKIAlBBWxq/QAEACIUIAogCUEGbGr9AAQAIhX95AEiFv3kAf3kAf0LBAAgCyAUIBX95QEiFP0MAAAAPwAAAD8AAAA/AAAAPyARIBL95QEiEf0MAAAAQAAAAEAAAABAAAAAQCANIA/95QEiDf2FAv2FAv0LBIABIAsgFv0MAACAPgAAgD4AAIA+AACAPiAT/QwAAIBAAACAQAAAgEAAAIBAIBD9hQL9hQL9CwSAAiALIBT9DAAAAD4AAAA+AAAAPgAAAD4gEf0MAAAAQQAAAEEAAABBAAAAQSANIA795AH9hQL9hQL9CwSAAyAGQQFqIQYMAQsLQQAhBgNAIAZBBEgEQCAFIAZBB3RqIgn9AAQQIQ4gCf0ABHAhDyADIAZBAnQgB2xqIgogCf0ABAAgDiAJ/QAEICIQ/eQBIhH95AEgCf0ABDAiEiAJQUBr/QAEACIT/eQBIhQgCf0ABFAiFSAJ/QAEYCIW/eQBIhf95AH95AEiDSANIAz95gH96wH9CwQAIAcgCmogFSAW/eUBIg39DAAAAD8AAAA/AAAAPwAAAD8gEiAT/eUBIhL9DAAAAEAAAABAAAAAQAAAAEAgDiAQ/eUBIg79hQL9hQIiECAQIAz95gH96wH9CwQAIAogB0EBdGogF/0MAACAPgAAgD4AAIA+AACAPiAU/QwAAIBAAACAQAAAgEAAAIBAIBH9hQL9hQIiECAQIAz95gH96wH9CwQAIAogB0EDbGogDf0MAAAAPgAAAD4AAAA+AAAAPiAS/QwAAABBAAAAQQAAAEEAAABBIA4gD/3kAf2FAv2FAiINIA0gDP3mAf3rAf0LBAAgBkEBaiEGDAELCyAIQQRqIQggAEEQaiEAIANBEGohAwwBCwsL");

  // src/kernels.ts
  var PAGE = 2 ** 16;
  var FEWEST_PAGES = 16;
  var MOST_PAGES = 2 ** 16;
  function newMemory(shared) {
    for (let maximum = MOST_PAGES; ; maximum /= 2) {
      try {
        return new WebAssembly.Memory({ initial: FEWEST_PAGES, maximum, shared });
      } catch (error) {
        if (maximum < 2 ** 13) throw error;
      }
    }
  }
  function grow(memory, bytes) {
    const more = Math.ceil((bytes - memory.buffer.byteLength) / PAGE);
    if (more > 0) memory.grow(more);
  }
  async function instance(memory, shared) {
    const code = WebAssembly.validate(kernels_relaxed_default) ? kernels_relaxed_default : kernels_plain_default;
    const module = await WebAssembly.compile(shared ? code : notShared(code));
    return (await WebAssembly.instantiate(module, { env: { memory } })).exports;
  }
  function notShared(code) {
    const text = [..."memory"].map((c) => c.charCodeAt(0));
    const at = code.findIndex((_, k) => [...text, 2, 3].every((byte, n) => code[k + n] === byte));
    const changed = code.slice();
    changed[at + text.length + 1] = 1;
    return changed;
  }

  // src/grid.ts
  var LR = 4;
  var OF_3 = 6;
  var OF_5 = 4;
  var MIXED = 8;
  var ROWS = 6;
  function gridOf(height, width, rows, columns) {
    const even = (size, most) => Math.ceil(size / Math.ceil(size / most) / (2 * OF_3)) * 2 * OF_3;
    const tile = { rows: even(height, rows), columns: even(width, columns) };
    const across = Math.ceil(width / tile.columns);
    return { height, width, ...tile, across, count: across * Math.ceil(height / tile.rows) };
  }
  function tileOf({ height, width, rows, columns, across }, number) {
    const top = Math.floor(number / across) * rows;
    const left = number % across * columns;
    return { top, left, rows: Math.min(rows, height - top), columns: Math.min(columns, width - left) };
  }
  var reach3 = (size) => Math.ceil(size / OF_3) * OF_3 + MIXED - OF_3;
  var reach5 = (size) => Math.ceil(size / OF_5) * OF_5 + MIXED - OF_5;
  var reach = (size) => Math.max(reach5(size), 1 + reach3(size));
  var products = (count) => Math.ceil(count / ROWS) * ROWS;

  // src/tails.ts
  function around({ top, left, rows, columns }) {
    return { top: top - 1, left: left - 1, rows: reach3(rows), columns: reach3(columns) };
  }
  var area = ({ rows, columns }) => rows * columns;
  function tailScratch(kernels, { grid, channels: channels2, trunk, pixels }) {
    const tile = { top: 0, left: 0, rows: grid.rows, columns: grid.columns };
    const fused = around(tile);
    return 4 * (area(fused) * channels2 + area(around(fused)) * trunk.inputs + area(tile) * pixels.outputs) + Math.max(kernels.convolveScratch(trunk.inputs, trunk.outputs), kernels.convolveScratch(channels2, pixels.outputs));
  }
  function tail(kernels, task, tile, scratch) {
    const { channels: channels2, trunk, pixels, scale, features, lr } = task;
    const fused = around(tile);
    const read = around(fused);
    const place = scratch + 4 * area(read) * trunk.inputs;
    const last = place + 4 * area(fused) * channels2;
    const work2 = last + 4 * area(tile) * pixels.outputs;
    const take = taking(kernels, task, read, scratch, trunk.inputs);
    const maps = features.length * channels2;
    features.forEach((from, k) => take(from, channels2, false, k * channels2));
    take(lr, LR, false, maps);
    if (features.length > 1) take(lr, LR, true, maps + LR);
    convolve(kernels, trunk, scratch, read, 1, place, channels2, fused, work2);
    clear(kernels, task, place, channels2, fused, 1);
    convolve(kernels, pixels, place, fused, 1, last, pixels.outputs, tile, work2);
    write(kernels, task, last, tile, tile, scale, 1);
  }
  function regionsOf({ scale, steps }, { top, left, rows, columns }) {
    const whole = { top: scale * top, left: scale * left, rows: scale * rows, columns: scale * columns };
    const regions = [around(whole)];
    for (const { factor } of [...steps].reverse()) {
      const enlarged = around(regions[0]);
      const first = (at) => Math.floor(at / factor);
      const length = (at, size) => first(at + size - 1) - first(at) + 1;
      regions.unshift({
        top: first(enlarged.top),
        left: first(enlarged.left),
        rows: length(enlarged.top, enlarged.rows),
        columns: length(enlarged.left, enlarged.columns)
      });
    }
    return regions;
  }
  function layout(task, tile) {
    const { channels: channels2, trunks, steps, pixels, scale } = task;
    const regions = regionsOf(task, tile);
    let end = 0;
    const take = (floats) => (end += floats) - floats;
    const read = regions.map((region, k) => take(area(around(region)) * (k === 0 ? trunks[0].inputs : channels2)));
    const out = regions.map((region, k) => take(area(region) * (k === steps.length ? pixels.inputs : channels2)));
    const last = take(area(tile) * scale * scale * pixels.outputs);
    return { regions, read, out, last, end };
  }
  function enlargingScratch(kernels, task) {
    const { trunks, pixels, channels: channels2 } = task;
    const work2 = [trunks[0].inputs, pixels.inputs].map((inputs) => kernels.convolveScratch(inputs, channels2));
    const { rows, columns } = task.grid;
    return 4 * layout(task, { top: 0, left: 0, rows, columns }).end + Math.max(...work2);
  }
  function enlargingTail(kernels, task, tile, scratch) {
    const { grid, channels: channels2, lr, features, trunks, steps, pixels, scale, slope } = task;
    const { regions, ...places } = layout(task, tile);
    const [read, out] = [places.read, places.out].map((floats) => floats.map((at) => scratch + 4 * at));
    const last = scratch + 4 * places.last;
    const work2 = scratch + 4 * places.end;
    const whole = out[steps.length];
    const final = regions[steps.length];
    features.forEach((from, branch) => {
      const trunk = trunks[branch];
      const take = taking(kernels, task, around(regions[0]), read[0], trunk.inputs);
      take(from, channels2, false, 0);
      take(lr, LR, branch > 0, channels2);
      convolve(kernels, trunk, read[0], around(regions[0]), 1, out[0], channels2, regions[0], work2);
      clear(kernels, task, out[0], channels2, regions[0], 1);
      let enlarged = 1;
      steps.forEach(({ factor, layers }, k) => {
        const { top, left, columns } = regions[k];
        const over = around(regions[k + 1]);
        const isLast = k + 1 === steps.length;
        const to = isLast ? whole + 4 * branch * channels2 : out[k + 1];
        enlarged *= factor;
        kernels.enlarge(out[k], top, left, columns, channels2, factor, over.top, over.left, over.rows, over.columns, read[k + 1]);
        convolve(
          kernels,
          layers[branch],
          read[k + 1],
          over,
          slope,
          to,
          isLast ? pixels.inputs : channels2,
          regions[k + 1],
          work2
        );
        if (!isLast) clear(kernels, task, to, channels2, regions[k + 1], enlarged);
      });
    });
    clear(kernels, task, whole, pixels.inputs, final, scale);
    kernels.inside(
      whole + 4 * features.length * channels2,
      pixels.inputs,
      final.top,
      final.left,
      final.rows,
      final.columns,
      scale * grid.height,
      scale * grid.width
    );
    const result = { ...tile, rows: scale * tile.rows, columns: scale * tile.columns };
    convolve(kernels, pixels, whole, final, 1, last, pixels.outputs, result, work2);
    write(kernels, task, last, tile, result, 1, scale);
  }
  function taking(kernels, { grid }, region, place, inputs) {
    const { top, left, rows, columns } = region;
    return (from, count, isMap, at) => kernels.region(from, grid.height, grid.width, count, isMap, top, left, rows, columns, place + 4 * at, inputs);
  }
  function convolve(kernels, { kernels: mixed, bias, inputs, outputs }, from, read, slope, to, channels2, region, work2) {
    kernels.convolve(
      OF_3,
      from,
      read.columns,
      inputs,
      mixed,
      bias,
      outputs,
      slope,
      0,
      0,
      0,
      to,
      region.columns,
      channels2,
      region.rows,
      region.columns,
      false,
      work2
    );
  }
  function clear(kernels, { grid }, to, channels2, region, factor) {
    const { top, left, rows, columns } = region;
    kernels.clear(to, channels2, top, left, rows, columns, factor * grid.height, factor * grid.width);
  }
  function write(kernels, { grid: { width }, pixels, scale, skip, gray, lr, to }, from, { top, left }, { rows, columns }, side, step) {
    const samples = gray ? 1 : 3;
    const row = scale * width * samples;
    kernels.toBytes(
      from,
      pixels.outputs,
      rows,
      columns,
      side,
      skip ? lr + 4 * (top * width + left) * LR : 0,
      width,
      step,
      gray,
      to + scale * top * row + scale * left * samples,
      row
    );
  }

  // src/tasks.ts
  function scratchOf(kernels, task) {
    const { rows, columns } = task.grid;
    const { channels: channels2 } = task;
    const pixels = rows * columns;
    switch (task.kind) {
      case "gated":
        return 0;
      case "head":
        return 4 * reach3(rows) * reach3(columns) * LR + kernels.convolveScratch(LR, channels2);
      case "pass":
        return 4 * products(pixels) * 3 * channels2;
      case "block": {
        const level2 = reach(rows) * reach(columns) * 2 * channels2;
        const level1 = reach(reach(rows)) * reach(reach(columns)) * channels2;
        const { inputs, outputs } = task.level2[0];
        return 4 * (level1 + level2) + kernels.convolveScratch(inputs, outputs);
      }
      case "tail":
        return tailScratch(kernels, task);
      case "enlarging tail":
        return enlargingScratch(kernels, task);
    }
  }
  function perform(kernels, task, number, scratch) {
    const tile = tileOf(task.grid, number);
    if (task.kind === "block") block(kernels, task, tile, number, scratch);
    else if (task.kind === "gated") gated(kernels, task, tile);
    else if (task.kind === "pass") pass(kernels, task, tile, scratch);
    else if (task.kind === "head") head(kernels, task, tile, scratch);
    else if (task.kind === "tail") tail(kernels, task, tile, scratch);
    else enlargingTail(kernels, task, tile, scratch);
  }
  function head(kernels, { grid, channels: channels2, lr, gradient, layer, to }, tile, scratch) {
    const { height, width } = grid;
    const { top, left, rows, columns } = tile;
    const across = reach3(columns);
    const down = reach3(rows);
    const work2 = scratch + 4 * down * across * LR;
    kernels.region(lr, height, width, LR, gradient, top - 1, left - 1, down, across, scratch, LR);
    kernels.convolve(
      OF_3,
      scratch,
      across,
      LR,
      layer.kernels,
      layer.bias,
      layer.outputs,
      1,
      0,
      0,
      0,
      to + 4 * (top * width + left) * channels2,
      width,
      channels2,
      rows,
      columns,
      false,
      work2
    );
  }
  function block(kernels, task, { top, left, rows, columns }, number, scratch) {
    const { grid: { height, width }, channels: channels2, from, slope, level1, level2, fusion, added, sums } = task;
    const down = reach(rows);
    const across = reach(columns);
    const wide = reach(across);
    const second = scratch + 4 * reach(down) * wide * channels2;
    const work2 = second + 4 * down * across * 2 * channels2;
    const inside = (width2, channels3) => 4 * (width2 + 1) * channels3;
    kernels.region(from, height, width, channels2, false, top - 4, left - 4, reach(down), wide, scratch, channels2);
    [OF_3, OF_5].forEach((results, k) => {
      const { kernels: mixed, bias, outputs } = level1[k];
      kernels.convolve(
        results,
        scratch + (k === 0 ? inside(wide, channels2) : 0),
        wide,
        channels2,
        mixed,
        bias,
        outputs,
        slope,
        0,
        0,
        0,
        second + 4 * k * channels2,
        across,
        2 * channels2,
        down,
        across,
        false,
        work2
      );
    });
    if (top < 2 || left < 2 || top - 2 + down > height || left - 2 + across > width) {
      kernels.clear(second, 2 * channels2, top - 2, left - 2, down, across, height, width);
    }
    const to = added + 4 * (top * width + left) * channels2;
    [OF_3, OF_5].forEach((results, k) => {
      const { kernels: mixed, bias, outputs } = level2[k];
      kernels.convolve(
        results,
        second + (k === 0 ? inside(across, 2 * channels2) : 0),
        across,
        2 * channels2,
        mixed,
        bias,
        outputs,
        slope,
        fusion[k].kernels,
        fusion[k].bias,
        channels2,
        to,
        width,
        channels2,
        rows,
        columns,
        k > 0,
        work2
      );
    });
    kernels.sums(to, width, channels2, rows, columns, sums + 8 * number * channels2);
  }
  function gated(kernels, { grid: { width }, channels: channels2, to, added, gate }, tile) {
    for (let y = tile.top; y < tile.top + tile.rows; y++) {
      const place = 4 * (y * width + tile.left) * channels2;
      kernels.addGated(to + place, added + place, gate, channels2, tile.columns);
    }
  }
  function pass(kernels, task, { top, left, rows, columns }, scratch) {
    const { grid: { height, width }, channels: channels2, image, gradient, layer } = task;
    const both = 2 * channels2;
    const region = (from, isMap, to) => kernels.region(from, height, width, channels2, isMap, top, left, rows, columns, to, both);
    region(gradient, false, scratch);
    region(image, true, scratch + 4 * channels2);
    const count = products(rows * columns);
    const result = scratch + 4 * count * both;
    kernels.multiply(scratch, 4 * both, layer.kernels, result, 4 * channels2, count, channels2, both, layer.bias, false);
    kernels.place(result, columns, channels2, gradient + 4 * (top * width + left) * channels2, width, rows, columns);
  }

  // src/crew.ts
  var HELPER = "helper";
  var RESERVED = 1024;
  var PAUSE = 50;
  var isHelper = self.name === HELPER;
  function help() {
    let joined;
    self.onmessage = async ({ data }) => {
      if ("memory" in data) {
        const { memory } = data;
        joined = instance(memory, true).then((kernels) => ({ memory, kernels }));
        await joined;
      } else {
        const { memory, kernels } = await joined;
        const counter = new Int32Array(memory.buffer, 0, 1);
        for (; ; ) {
          const number = Atomics.add(counter, 0, 1);
          if (number >= data.count) break;
          perform(kernels, data.task, number, data.scratch);
        }
      }
      self.postMessage(null);
    };
  }
  var Crew = class _Crew {
    constructor(memory, kernels, helpers) {
      this.memory = memory;
      this.kernels = kernels;
      this.helpers = helpers;
    }
    memory;
    kernels;
    helpers;
    top = RESERVED;
    /** `threads`: at most so many, this one included. */
    static async gather(threads2) {
      const shared = self.crossOriginIsolated && threads2 > 1 && "Worker" in self;
      const memory = newMemory(shared);
      const kernels = await instance(memory, shared);
      const helpers = Array.from({ length: shared ? threads2 - 1 : 0 }, () => new Helper());
      const joined = await Promise.all(
        helpers.map((helper) => helper.send({ memory }).then(() => true, () => false))
      );
      return new _Crew(memory, kernels, helpers.filter((_, k) => joined[k]));
    }
    get threads() {
      return this.helpers.length + 1;
    }
    /** How much memory it has come to hold. */
    get size() {
      return this.memory.buffer.byteLength;
    }
    /** End, and let go the memory, which never shrinks. */
    leave() {
      for (const helper of this.helpers) helper.end();
    }
    /** Memory for so many bytes: its address. */
    allocate(bytes) {
      const address = this.top;
      this.top += Math.ceil(bytes / 64) * 64;
      grow(this.memory, this.top);
      return address;
    }
    /** What `use` allocates is free again after it. */
    async within(use) {
      const top = this.top;
      try {
        return await use();
      } finally {
        this.top = top;
      }
    }
    floats(address, length) {
      return new Float32Array(this.memory.buffer, address, length);
    }
    doubles(address, length) {
      return new Float64Array(this.memory.buffer, address, length);
    }
    bytes(address, length) {
      return new Uint8Array(this.memory.buffer, address, length);
    }
    /** Do a task's tiles. `scratch`: bytes for each thread to work in. */
    async run(task, count, scratch, report) {
      await this.within(async () => {
        const places = Array.from({ length: this.threads }, () => this.allocate(scratch));
        const counter = new Int32Array(this.memory.buffer, 0, 1);
        Atomics.store(counter, 0, 0);
        const others = this.helpers.map((helper, k) => helper.send({ task, count, scratch: places[k + 1] }));
        try {
          let reported = performance.now();
          for (; ; ) {
            const number = Atomics.add(counter, 0, 1);
            if (number >= count) break;
            perform(this.kernels, task, number, places[0]);
            if (performance.now() - reported < PAUSE) continue;
            await report(Math.min(number / count, 1));
            reported = performance.now();
          }
        } finally {
          Atomics.store(counter, 0, count);
          await Promise.all(others);
        }
      });
      await report(1);
    }
  };
  var Helper = class {
    worker = new Worker(self.location.href, { name: HELPER });
    end() {
      this.worker.terminate();
    }
    /** Resolves once it is done. */
    send(message) {
      return new Promise((resolve, reject) => {
        this.worker.onmessage = () => resolve();
        this.worker.onerror = (event) => {
          event.preventDefault();
          reject(new Error(event.message || "a thread stopped"));
        };
        this.worker.postMessage(message);
      });
    }
  };

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

  // src/png.ts
  var COLOUR_TYPES = { 1: 0, 2: 4, 3: 2, 4: 6 };
  var CHUNK = 1 << 20;
  async function quickPng({ width, height, channels: channels2, data }) {
    const image = new ImageData(width, height);
    const rgba = image.data;
    const colours = channels2 > 2 ? 3 : 1;
    for (let from = 0, to = 0; to < rgba.length; from += channels2, to += 4) {
      rgba[to] = data[from];
      rgba[to + 1] = data[from + (colours >> 1)];
      rgba[to + 2] = data[from + colours - 1];
      rgba[to + 3] = channels2 === colours ? 255 : data[from + colours];
    }
    try {
      const canvas = new OffscreenCanvas(width, height);
      const options = { alpha: channels2 !== colours, willReadFrequently: true };
      canvas.getContext("2d", options).putImageData(image, 0, 0);
      return await canvas.convertToBlob({ type: "image/png" });
    } catch {
      return void 0;
    }
  }
  async function encodePng(pixels) {
    const { width, height, channels: channels2 } = pixels;
    const header = new Uint8Array(13);
    const view = new DataView(header.buffer);
    view.setUint32(0, width);
    view.setUint32(4, height);
    header.set([8, COLOUR_TYPES[channels2], 0, 0, 0], 8);
    const parts = [
      Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10),
      ...chunk("IHDR", header),
      // The colours are sRGB's.
      ...chunk("sRGB", Uint8Array.of(0))
    ];
    const stream = new CompressionStream("deflate");
    const writing = write2(stream.writable.getWriter(), pixels);
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
  async function write2(writer, pixels) {
    const row = pixels.width * pixels.channels;
    const rows = Math.max(1, Math.floor(CHUNK / row));
    for (let top = 0; top < pixels.height; top += rows) {
      await writer.write(filtered(pixels, top, Math.min(top + rows, pixels.height)));
    }
    await writer.close();
  }
  function filtered({ data, width, channels: channels2 }, top, bottom) {
    const row = width * channels2;
    const result = new Uint8Array((bottom - top) * (row + 1));
    for (let y = top, to = 0; y < bottom; y++) {
      result[to++] = 4;
      for (let x = 0, at = y * row; x < row; x++, at++) {
        const left = x >= channels2 ? data[at - channels2] : 0;
        const above = y > 0 ? data[at - row] : 0;
        const corner = x >= channels2 && y > 0 ? data[at - row - channels2] : 0;
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
    const head2 = new Uint8Array(8);
    new DataView(head2.buffer).setUint32(0, content.length);
    for (let k = 0; k < 4; k++) head2[4 + k] = type.charCodeAt(k);
    const tail2 = new Uint8Array(4);
    new DataView(tail2.buffer).setUint32(0, ~crc(content, crc(head2.subarray(4), -1)));
    return [head2, content, tail2];
  }
  var TABLE = Int32Array.from({ length: 256 }, (_, n) => {
    for (let k = 0; k < 8; k++) n = n & 1 ? n >>> 1 ^ 3988292384 : n >>> 1;
    return n;
  });
  function crc(bytes, value) {
    for (let k = 0; k < bytes.length; k++) value = TABLE[(value ^ bytes[k]) & 255] ^ value >>> 8;
    return value;
  }

  // src/encoder.ts
  var NAME = "encoder";
  var isEncoder = self.name === NAME;
  function encode() {
    self.onmessage = async ({ data }) => self.postMessage(await encodePng(data));
    self.postMessage("ready");
  }
  var Encoder = class {
    worker;
    ready;
    last = Promise.resolve();
    /** A PNG file, written after those before it; the pixels are gone afterwards. */
    async write(pixels) {
      if (!await (this.ready ??= this.start())) return encodePng(pixels);
      const file = this.last.then(() => this.send(pixels));
      this.last = file.catch(() => {
      });
      return file;
    }
    /** Resolves when no file is being written. */
    async idle() {
      await this.last;
    }
    start() {
      if (!("Worker" in self)) return Promise.resolve(false);
      return new Promise((resolve) => {
        this.worker = new Worker(self.location.href, { name: NAME });
        this.worker.onmessage = () => resolve(true);
        this.worker.onerror = (event) => {
          event.preventDefault();
          resolve(false);
        };
      });
    }
    send(pixels) {
      return new Promise((resolve, reject) => {
        const worker = this.worker;
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = (event) => {
          event.preventDefault();
          reject(new Error(event.message || "the file could not be written"));
        };
        worker.postMessage(pixels, [pixels.data.buffer]);
      });
    }
  };

  // src/layers.ts
  var PANEL = 8;
  var POINTS = [0, 1, -1, 2, -2, 0.5, -0.5];
  function filled(channels2) {
    return Math.ceil(channels2 / PANEL) * PANEL;
  }
  function placed(crew2, layer, places, inputs) {
    const { side, outputs, kernel, bias } = layer;
    const padded = filled(outputs);
    const spread = side === 1 ? [[1]] : spreading(side);
    const mixed = spread.length;
    const size = inputs * padded;
    const kernels = crew2.allocate(4 * mixed * mixed * size);
    const biases = crew2.allocate(4 * padded);
    const at = crew2.floats(kernels, mixed * mixed * size).fill(0);
    const columns = new Float64Array(mixed * side);
    for (let o = 0; o < outputs; o++) {
      for (let i = 0; i < layer.inputs; i++) {
        const place = Math.floor(o / PANEL) * inputs * PANEL + places[i] * PANEL + o % PANEL;
        for (let y = 0; y < mixed; y++) {
          for (let x = 0; x < side; x++) {
            let sum = 0;
            for (let tap = 0; tap < side; tap++) {
              sum += spread[y][tap] * kernel[((tap * side + x) * layer.inputs + i) * outputs + o];
            }
            columns[y * side + x] = sum;
          }
        }
        for (let y = 0; y < mixed; y++) {
          for (let x = 0; x < mixed; x++) {
            let sum = 0;
            for (let tap = 0; tap < side; tap++) sum += spread[x][tap] * columns[y * side + tap];
            at[(y * mixed + x) * size + place] = sum;
          }
        }
      }
    }
    const ofBias = crew2.floats(biases, padded).fill(0);
    ofBias.set(bias);
    return { kernels, bias: biases, inputs, outputs: padded };
  }
  function channels(start2, count) {
    return Array.from({ length: count }, (_, k) => start2 + k);
  }
  function spreading(taps) {
    const rows = POINTS.map((point, k) => {
      const scale = POINTS.reduce((product, other, n) => n === k ? product : product * (point - other), 1);
      return channels(0, taps).map((tap) => point ** tap / (k === 0 ? -scale : scale));
    });
    return [...rows, channels(0, taps).map((tap) => Number(tap === taps - 1))];
  }

  // src/generator.ts
  var TILE = [48, 96];
  var COSTS = { head: 0.05, block: 1, gated: 0.05, pass: 0.1, tail: 0.4, "enlarging tail": 8 };
  var SMALLER_TILE = [12, 48];
  var Generator = class {
    constructor(crew2, file, header) {
      this.crew = crew2;
      this.file = file;
      this.header = header;
      const { filters, branches, blocks, passes, steps, slope } = header;
      const size = filled(filters);
      this.channels = size;
      const plain = channels(0, filters);
      const both = [...plain, ...channels(size, filters)];
      for (const branch of branches) {
        this.heads[branch] = this.put(`${branch}_head`, channels(0, 3), LR);
        for (let i = 1; i <= blocks; i++) {
          const name = `${branch}_${i}`;
          const pair = (make) => [make(3), make(5)];
          this.blocks[name] = {
            level1: pair((side) => this.put(`${name}/level1_${side}`, plain, size)),
            level2: pair((side) => this.put(`${name}/level2_${side}`, both, 2 * size)),
            fusion: pair((side) => this.put(`${name}/fusion_${side}`, channels(0, 2 * filters), filled(2 * filters)))
          };
          if (`${name}/squeeze` in header.layers) {
            this.gates[name] = { squeeze: this.layer(`${name}/squeeze`), excite: this.layer(`${name}/excite`) };
          }
        }
      }
      for (const i of passes) this.passes[i] = this.put(`pass_${i}`, both, 2 * size);
      const maps = branches.flatMap((_, k) => channels(k * size, filters));
      const behind = branches.length * size;
      if (steps.length === 0) {
        const pictures = branches.flatMap((_, k) => channels(behind + k * LR, 3));
        this.tail = {
          kind: "tail",
          trunk: this.put("trunk", [...maps, ...pictures], branches.length * (size + LR)),
          pixels: this.put("pixels", plain, size)
        };
      } else {
        this.tail = {
          kind: "enlarging tail",
          trunks: branches.map((b) => this.put(`${b}_trunk`, [...plain, ...channels(size, 3)], size + LR)),
          steps: steps.map((factor, k) => ({
            factor,
            layers: branches.map((b) => this.put(`${b}_step_${k + 1}`, plain, size))
          })),
          slope,
          pixels: this.put("pixels", [...maps, behind], behind + LR)
        };
      }
    }
    crew;
    file;
    header;
    channels;
    heads = {};
    blocks = {};
    gates = {};
    passes = {};
    tail;
    get scale() {
      return this.file.header.scale;
    }
    get bytesPerPixel() {
      const { scale } = this;
      const features = 4 * this.channels * (this.header.branches.length + 1);
      return features + 4 + 4 * 3 + 4 * LR + (3 + 3) * scale * scale;
    }
    run(image, gray, report) {
      return this.crew.within(() => this.compute(image, gray, report));
    }
    async compute(image, gray, report) {
      const { crew: crew2, channels: size, scale } = this;
      const { branches, blocks, passes, slope, skip } = this.header;
      const { height, width } = image;
      const pixels = height * width;
      const lr = crew2.allocate(4 * LR * pixels);
      const maps = Object.fromEntries(branches.map((branch) => [branch, crew2.allocate(4 * size * pixels)]));
      const added = crew2.allocate(4 * size * pixels);
      const grid = gridOf(height, width, ...TILE);
      const sums = crew2.allocate(8 * size * grid.count);
      const gate = crew2.allocate(4 * size);
      const samples = (gray ? 1 : 3) * scale * scale * pixels;
      const result = samples <= 4 * size * pixels ? added : crew2.allocate(samples);
      interleave(image, crew2.floats(lr, LR * pixels));
      const total = COSTS[this.tail.kind] + passes.length * COSTS.pass + branches.length * (COSTS.head + blocks * (COSTS.block + COSTS.gated));
      let done = 0;
      const run2 = async (task) => {
        const cost = COSTS[task.kind];
        const scratch = scratchOf(crew2.kernels, task);
        await crew2.run(task, task.grid.count, scratch, (part) => report((done + cost * part) / total));
        done += cost;
      };
      const common = { grid, channels: size };
      for (const branch of branches) {
        const gradient = branch === "gradient";
        await run2({ ...common, kind: "head", lr, gradient, layer: this.heads[branch], to: maps[branch] });
      }
      for (let i = 1; i <= blocks; i++) {
        for (const branch of branches) {
          const name = `${branch}_${i}`;
          await run2({ ...common, kind: "block", from: maps[branch], slope, ...this.blocks[name], added, sums });
          crew2.floats(gate, size).set(this.gate(name, sums, grid));
          await run2({ ...common, kind: "gated", to: maps[branch], added, gate });
        }
        if (passes.includes(i)) {
          await run2({ ...common, kind: "pass", image: maps.image, gradient: maps.gradient, layer: this.passes[i] });
        }
      }
      const features = branches.map((branch) => maps[branch]);
      const enlarged = this.tail.kind === "tail" ? grid : gridOf(height, width, ...SMALLER_TILE);
      await run2({ ...common, ...this.tail, grid: enlarged, lr, features, scale, skip, gray, to: result });
      return { samples: new Uint8ClampedArray(crew2.bytes(result, samples)), blended: false };
    }
    /** Squeeze-and-excitation's gate, from the sums of each tile. */
    gate(name, address, { height, width, count }) {
      const result = new Float64Array(this.channels).fill(1);
      if (!(name in this.gates)) return result;
      const sums = this.crew.doubles(address, this.channels * count);
      const means = new Float64Array(this.header.filters);
      for (let n = 0; n < count; n++) {
        for (let c = 0; c < means.length; c++) means[c] += sums[n * this.channels + c] / (height * width);
      }
      const { squeeze, excite } = this.gates[name];
      const hidden = dense(means, squeeze).map((value) => Math.max(value, 0));
      result.set(dense(hidden, excite).map((value) => 1 / (1 + Math.exp(-value))));
      return result;
    }
    put(name, places, inputs) {
      return placed(this.crew, this.layer(name), places, inputs);
    }
    layer(name) {
      const [side, inputs, outputs] = this.header.layers[name];
      const values = this.file.floats(name);
      const length = side * side * inputs * outputs;
      return { side, inputs, outputs, kernel: values.subarray(0, length), bias: values.subarray(length) };
    }
  };
  function dense(values, { inputs, outputs, kernel, bias }) {
    return Float64Array.from({ length: outputs }, (_, o) => {
      let sum = bias[o];
      for (let i = 0; i < inputs; i++) sum += values[i] * kernel[i * outputs + o];
      return sum;
    });
  }
  function interleave({ data, height, width }, to) {
    const count = height * width;
    for (let k = 0; k < count; k++) {
      to[LR * k] = data[k];
      to[LR * k + 1] = data[count + k];
      to[LR * k + 2] = data[2 * count + k];
      to[LR * k + 3] = 0;
    }
  }

  // src/model.ts
  var ModelFile = class {
    constructor(content) {
      this.content = content;
      const length = new DataView(content).getUint32(0, true);
      this.header = JSON.parse(new TextDecoder().decode(new Uint8Array(content, 4, length)));
      this.start = 4 + length;
    }
    content;
    header;
    start;
    bytes(part) {
      const [offset, length] = this.header.parts[part];
      return new Uint8Array(this.content, this.start + offset, length);
    }
    has(part) {
      return part in this.header.parts;
    }
    floats(part) {
      return new Float32Array(this.bytes(part).slice().buffer);
    }
  };
  var Model = class {
    constructor(onnx2, file) {
      this.onnx = onnx2;
      this.file = file;
    }
    onnx;
    file;
    graphs = /* @__PURE__ */ new Map();
    get header() {
      return this.file.header;
    }
    graph(part) {
      let graph = this.graphs.get(part);
      if (graph === void 0) {
        graph = this.onnx.session(this.file.bytes(part));
        this.graphs.set(part, graph);
      }
      return graph;
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
    constructor(runtime, gpu) {
      this.runtime = runtime;
      this.gpu = gpu;
    }
    runtime;
    gpu;
    /** `threads`: at most so many. */
    static async load({ script, wasm }, gpu, most) {
      const url = typeof script === "string" ? script : URL.createObjectURL(script);
      const runtime = await import(url);
      runtime.env.logLevel = "error";
      runtime.env.wasm.numThreads = self.crossOriginIsolated ? most : 1;
      runtime.env.wasm.wasmBinary = wasm;
      return new _Onnx(runtime, gpu);
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
          const { data, channels: channels2, height, width } = inputs[k];
          return [name, new this.runtime.Tensor("float32", data, [1, channels2, height, width])];
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
  var TILE2 = 256;
  var OVERLAP = 24;
  var Graphs = class {
    constructor(model) {
      this.model = model;
    }
    model;
    get scale() {
      return this.model.header.scale;
    }
    get bytesPerPixel() {
      return this.model.bytesPerPixel;
    }
    async run(image, gray, report) {
      const { scale } = this;
      const channels2 = gray ? 1 : 3;
      const row = scale * image.width * channels2;
      const samples = new Uint8ClampedArray(scale * image.height * row);
      const sink = ({ data, height, width }, part, top, left) => {
        const plane = height * width;
        for (let y = 0; y < part.height; y++) {
          let from = (part.y + y) * width + part.x;
          let to = (top + y) * row + left * channels2;
          for (let x = 0; x < part.width; x++, from++, to += channels2) {
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
      return { samples, blended: await run(this.model, image, sink, report) };
    }
  };
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
      const head2 = { part: "heads", halo: halos.head, cost: costs.head };
      await this.tiles(head2, [this.image], (results, rows, columns) => {
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
      const tail2 = { part: "tail", halo: halos.tail, cost: costs.tail, largest: largestTail };
      const scale = this.model.header.scale;
      await this.tiles(
        tail2,
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
      const tile = Math.min(TILE2, stage.largest ?? TILE2);
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
    const tile = Math.ceil((TILE2 + 2 * OVERLAP) / multiple) * multiple;
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

  // src/worker.ts
  var MOST_KEPT = 2 ** 28;
  var LARGEST_VIEW = 4096 * 4096;
  var crew;
  var threads = 1;
  var onnx;
  var files = /* @__PURE__ */ new Map();
  var models = /* @__PURE__ */ new Map();
  var cancelled = /* @__PURE__ */ new Set();
  var encoder = new Encoder();
  var queue = Promise.resolve();
  function post(message) {
    self.postMessage(message);
  }
  if (isHelper) help();
  else if (isEncoder) encode();
  else {
    self.onmessage = ({ data }) => {
      if (data.type === "cancel") cancelled.add(data.id);
      else if (data.type === "start") void start(data);
      else if (data.type === "load") onnx = Onnx.load(data.runtime, false, threads);
      else queue = queue.then(() => data.type === "prepare" ? prepare(data) : work(data));
    };
  }
  async function start({ threads: most, gpu }) {
    threads = Math.min(navigator.hardwareConcurrency, most);
    try {
      if (gpu) {
        onnx = Onnx.load(gpu, true, threads);
        await onnx;
        return post({ type: "ready", engine: "WebGPU" });
      }
      crew = await Crew.gather(threads);
      const count = crew.threads;
      post({ type: "ready", engine: `WebAssembly, ${count} thread${count === 1 ? "" : "s"}` });
    } catch (error) {
      post({ type: "unusable", reason: String(error) });
    }
  }
  async function renew() {
    crew.leave();
    crew = await Crew.gather(threads);
    models.clear();
  }
  async function prepare({ file, content }) {
    try {
      await loaded(file, content, true);
    } catch (error) {
      console.debug(error);
    }
    post({ type: "prepared" });
  }
  async function computed({ id, picture, name, file, content, budget }) {
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
    return { pixels, notes };
  }
  async function work(message) {
    const { id, name } = message;
    const begin = performance.now();
    try {
      const { pixels, notes } = await computed(message);
      if (crew?.size > MOST_KEPT) await renew();
      const { width, height } = pixels;
      const view = await quickView(pixels);
      const png = view ? void 0 : await encodePng(pixels);
      post({
        type: "result",
        id,
        view: view ?? png,
        width,
        height,
        seconds: (performance.now() - begin) / 1e3,
        notes
      });
      if (png) return post({ type: "written", id, png });
      await encoder.idle();
      encoder.write(pixels).then(
        (file) => post({ type: "written", id, png: file }),
        (error) => post({ type: "failure", id, reason: reasonOf(error, name), broken: false })
      );
    } catch (error) {
      if (error instanceof Cancelled) return;
      const broken = !(error instanceof Plain);
      post({ type: "failure", id, reason: reasonOf(error, name), broken });
    }
  }
  function quickView(pixels) {
    if (pixels.width * pixels.height > LARGEST_VIEW) return void 0;
    return pixels.channels % 2 === 1 ? bmp(pixels) : quickPng(pixels);
  }
  var { port1, port2 } = new MessageChannel();
  function messages() {
    return new Promise((resolve) => {
      port1.onmessage = () => resolve();
      port2.postMessage(null);
    });
  }
  async function loaded(name, content, prepared = false) {
    let model = models.get(name);
    if (!model) {
      const file = content ? new ModelFile(content) : files.get(name);
      if (!file) throw new Error("the model's file is missing");
      files.set(name, file);
      const { generator } = file.header;
      const runtime = generator ? void 0 : await onnx;
      model = runtime ? new Graphs(new Model(runtime, file)) : new Generator(crew, file, generator);
      if (runtime?.gpu) await check(model, file);
      models.set(name, model);
      if (prepared) await check(model, file);
    }
    return model;
  }
  async function check(model, file) {
    const { height, width } = file.header.check;
    const input = file.bytes("check_input");
    const expected = file.bytes("check_output");
    const image = new Planes(3, height, width);
    const count = height * width;
    for (let k = 0; k < 3 * count; k++) image.data[k % 3 * count + Math.floor(k / 3)] = input[k] / 255;
    const { samples } = await model.run(image, false, async () => {
    });
    const worst = samples.reduce((most, value, k) => Math.max(most, Math.abs(value - expected[k])), 0);
    if (worst > 1) throw new Error(`The check picture came out ${worst} levels off`);
  }
  function reasonOf(error, name) {
    if (error instanceof Plain) return error.message;
    if (error instanceof RangeError || /bad_alloc|memory|allocat/i.test(String(error))) {
      return `Memory did not suffice for ${name}: close other tabs, or take a smaller picture.`;
    }
    return `${name} could not be upscaled: ${String(error)}`;
  }
})();
