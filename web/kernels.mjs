// Compiles the kernels, for esbuild.
import {mkdtemp, readFile, rm} from "node:fs/promises";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {fileURLToPath} from "node:url";
import asc from "assemblyscript/asc";

const source = fileURLToPath(new URL("kernels/index.ts", import.meta.url));
// The memory is the page's; it may be shared by threads. Optimized for speed.
const KERNELS = ["--optimizeLevel", "3", "--noAssert", "--runtime", "stub", "--enable", "simd", "--enable", "threads",
                 "--importMemory", "--noExportMemory", "--sharedMemory", "--initialMemory", "16",
                 "--maximumMemory", "65536"];

/** The kernels as modules `kernels:plain` and `kernels:relaxed`. */
export const kernels = {
  name: "kernels",
  setup(build) {
    build.onResolve({filter: /^kernels:/}, ({path}) => ({path, namespace: "kernels"}));
    build.onLoad({filter: /.*/, namespace: "kernels"}, async ({path}) => {
      const folder = await mkdtemp(join(tmpdir(), "keras-dgggan-kernels-"));
      try {
        const file = join(folder, "kernels.wasm");
        const relaxed = path.endsWith("relaxed") ? ["--enable", "relaxed-simd"] : [];
        const {error, stderr} = await asc.main(
          [source, ...KERNELS, ...relaxed, "--outFile", file],
        );
        if (error) throw new Error(stderr.toString());
        return {contents: await readFile(file), loader: "binary"};
      } finally {
        await rm(folder, {recursive: true});
      }
    });
  },
};
