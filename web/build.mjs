// Builds the page into keras_dgggan/web/page, or into the folder that is given.
import {copyFile, mkdir, mkdtemp, readFile, rm} from "node:fs/promises";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {fileURLToPath} from "node:url";
import asc from "assemblyscript/asc";
import {build} from "esbuild";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const out = process.argv[2] ?? here("../keras_dgggan/web/page");

// The memory is the page's; it may be shared by threads. Optimized for speed.
const KERNELS = ["--optimizeLevel", "3", "--noAssert", "--runtime", "stub", "--enable", "simd", "--enable", "threads",
                 "--importMemory", "--noExportMemory", "--sharedMemory", "--initialMemory", "16",
                 "--maximumMemory", "65536"];

/** The kernels as modules `kernels:plain` and `kernels:relaxed`. */
const kernels = {
  name: "kernels",
  setup(build) {
    build.onResolve({filter: /^kernels:/}, ({path}) => ({path, namespace: "kernels"}));
    build.onLoad({filter: /.*/, namespace: "kernels"}, async ({path}) => {
      const folder = await mkdtemp(join(tmpdir(), "keras-dgggan-kernels-"));
      try {
        const file = join(folder, "kernels.wasm");
        const relaxed = path.endsWith("relaxed") ? ["--enable", "relaxed-simd"] : [];
        const {error, stderr} = await asc.main(
          [here("kernels/index.ts"), ...KERNELS, ...relaxed, "--outFile", file],
        );
        if (error) throw new Error(stderr.toString());
        return {contents: await readFile(file), loader: "binary"};
      } finally {
        await rm(folder, {recursive: true});
      }
    });
  },
};

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
