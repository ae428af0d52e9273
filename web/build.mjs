// Builds the page into keras_dgggan/web/page, or into the folder that is given.
import {copyFile, mkdir} from "node:fs/promises";
import {fileURLToPath} from "node:url";
import {build} from "esbuild";
import {kernels} from "./kernels.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const out = process.argv[2] ?? here("../keras_dgggan/web/page");

await mkdir(out, {recursive: true});
for (const name of ["app", "worker"]) {
  await build({
    entryPoints: [here(`src/${name}.ts`)],
    outfile: `${out}/${name}.js`,
    bundle: true,
    format: "iife",
    target: ["es2022"],
    charset: "utf8",
    legalComments: "none",
    logLevel: "warning",
    plugins: [kernels],
  });
}
for (const name of ["index.html", "app.css", "app.webmanifest", "icon.svg", "onnxruntime-license.txt", "sw.js"]) {
  await copyFile(here(`src/${name}`), `${out}/${name}`);
}
