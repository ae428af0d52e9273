// Results as files: PNG as it is, others by a canvas.

export type Format = "png" | "webp" | "jpeg";

const ENDINGS = {png: "png", webp: "webp", jpeg: "jpg"};
// WebP's own limit, and that of canvases.
const LONGEST = 16383;

/** The name of a result, as `keras-dgggan upscale` gives it. */
export function fileName(name: string, format: Format): string {
  return `${name.replace(/\.[^.]*$/, "") || "picture"}_sr.${ENDINGS[format]}`;
}

export async function converted(png: Blob, format: Format, quality: number): Promise<Blob> {
  if (format === "png") return png;
  const bitmap = await createImageBitmap(png);
  const {width, height} = bitmap;
  const name = format === "webp" ? "WebP" : "JPEG";
  const tooLarge = new Error(`${width}x${height} is too large for this browser to write as ${name}: take PNG.`);
  if (Math.max(width, height) > LONGEST) throw tooLarge;
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  if (!context) throw tooLarge;
  if (format === "jpeg") {
    // JPEG has no alpha: as seen on a white page.
    context.fillStyle = "#fff";
    context.fillRect(0, 0, width, height);
  }
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const type = `image/${format}`;
  const blob = await new Promise<Blob | null>((resolve) =>
    canvas.toBlob(resolve, type, quality / 100),
  );
  if (!blob) throw tooLarge;
  if (blob.type !== type) throw new Error(`This browser writes no ${name}: take another format.`);
  return blob;
}

export function download(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
