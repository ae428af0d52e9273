// The page's own kernels in Node.js, against the engine of the command line.
import assert from "node:assert/strict";
import {before, describe, test} from "node:test";
import {build} from "esbuild";
import {kernels} from "../kernels.mjs";
import * as site from "./site.mjs";

const bytes = (text) => new Uint8Array(Buffer.from(text, "base64"));

describe("the page's kernels", () => {
  let cases, page, crew;

  before(async () => {
    cases = JSON.parse(await site.runPython(site.here("generators.py")));
    const contents = ["crew", "generator", "model", "planes"]
      .map((name) => `export * from "./${name}";`)
      .join("\n");
    const stdin = {contents, resolveDir: site.here("../src")};
    const bundle = {stdin, bundle: true, format: "esm", platform: "node", target: "es2022", write: false,
                    plugins: [kernels]};
    const [{text}] = (await build(bundle)).outputFiles;
    globalThis.self = {name: "", crossOriginIsolated: false};
    page = await import(`data:text/javascript,${encodeURIComponent(text)}`);
    crew = await page.Crew.gather(1);
  });

  function picture({height, width, picture: samples}) {
    const image = new page.Planes(3, height, width);
    const count = height * width;
    bytes(samples).forEach((value, k) => (image.data[(k % 3) * count + Math.floor(k / 3)] = value / 255));
    return image;
  }

  function worst(samples, expected) {
    assert.equal(samples.length, expected.length);
    return samples.reduce((most, value, k) => Math.max(most, Math.abs(value - expected[k])), 0);
  }

  test("give what the engine gives, of all kinds of generators", async () => {
    for (const {model, result, gray, ...given} of cases) {
      const file = new page.ModelFile(bytes(model).buffer);
      const generator = new page.Generator(crew, file, file.header.generator);
      for (const [isGray, expected] of [[false, result], [true, gray]]) {
        const {samples} = await generator.run(picture(given), isGray, async () => {});
        const levels = worst(samples, bytes(expected));
        assert.ok(levels <= 1, `${given.name}: ${levels} levels off`);
      }
    }
  });

  test("stop where they are told to", async () => {
    const {model, ...given} = cases[0];
    const file = new page.ModelFile(bytes(model).buffer);
    const generator = new page.Generator(crew, file, file.header.generator);
    const stop = async () => { throw new Error("cancelled"); };
    await assert.rejects(generator.run(picture(given), false, stop), /cancelled/);
  });
});
