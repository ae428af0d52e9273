// A picture's file to pixels: upright, in sRGB, alpha not multiplied in.

import type {Picture} from "./channels";
import {readHeader} from "./header";
import {Plain} from "./messages";

// A canvas cannot be larger, in any browser.
const LONGEST_SIDE = 16384;

export async function decode(
  file: Blob,
  name: string,
  checkSize: (width: number, height: number) => void,
): Promise<Picture> {
  const header = readHeader(new Uint8Array(await file.arrayBuffer()));
  const check = (width: number, height: number): void => {
    if (Math.max(width, height) > LONGEST_SIDE) {
      throw new Plain(`${name} is ${width}x${height}: a browser takes ${LONGEST_SIDE} pixels a side.`);
    }
    checkSize(width, height);
  };
  if (header.size) check(header.size.width, header.size.height);
  if (file.size === 0) throw new Plain(`${name} is empty.`);
  if (header.cut) throw new Plain(`${name} is damaged: it breaks off before its end.`);
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file, {premultiplyAlpha: "none"});
  } catch {
    throw new Plain(`${name} is not a picture that this browser can read, or it is damaged.`);
  }
  const {width, height} = bitmap;
  check(width, height);
  const notes = header.deep ? ["16 bits a sample were reduced to 8: `keras-dgggan upscale` keeps them."] : [];
  let rgba = drawn(bitmap);
  if (isTransparent(rgba)) {
    // A canvas multiplies alpha in and loses colours by it; a texture does not.
    const straight = uploaded(bitmap);
    if (straight) rgba = straight;
    else notes.push("This browser rounds the colours of pixels that are nearly transparent.");
  }
  bitmap.close();
  return {width, height, rgba, gray: header.gray && isGray(rgba), notes};
}

function drawn(bitmap: ImageBitmap): Uint8ClampedArray {
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext("2d", {willReadFrequently: true, colorSpace: "srgb"});
  if (!context) throw new Plain("This browser has no memory left for the picture.");
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, bitmap.width, bitmap.height).data;
}

function uploaded(bitmap: ImageBitmap): Uint8ClampedArray | undefined {
  const {width, height} = bitmap;
  const gl = new OffscreenCanvas(1, 1).getContext("webgl2");
  if (!gl || Math.max(width, height) > gl.getParameter(gl.MAX_TEXTURE_SIZE)) return undefined;
  gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
  gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, bitmap);
  gl.bindFramebuffer(gl.FRAMEBUFFER, gl.createFramebuffer());
  gl.framebufferTexture2D(
    gl.FRAMEBUFFER,
    gl.COLOR_ATTACHMENT0,
    gl.TEXTURE_2D,
    gl.getParameter(gl.TEXTURE_BINDING_2D),
    0,
  );
  if (gl.checkFramebufferStatus(gl.FRAMEBUFFER) !== gl.FRAMEBUFFER_COMPLETE) return undefined;
  const pixels = new Uint8Array(4 * width * height);
  gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
  const failed = gl.getError() !== gl.NO_ERROR;
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  return failed ? undefined : new Uint8ClampedArray(pixels.buffer);
}

function isTransparent(rgba: Uint8ClampedArray): boolean {
  for (let k = 3; k < rgba.length; k += 4) if (rgba[k] !== 255) return true;
  return false;
}

/** A gray file with a profile may turn out coloured. */
function isGray(rgba: Uint8ClampedArray): boolean {
  for (let k = 0; k < rgba.length; k += 4) {
    if (rgba[k] !== rgba[k + 1] || rgba[k] !== rgba[k + 2]) return false;
  }
  return true;
}
