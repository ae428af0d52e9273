// The automatic choice of a model, against the command line's.
import assert from "node:assert/strict";
import {join} from "node:path";
import {before, test} from "node:test";
import {build} from "esbuild";
import * as site from "./site.mjs";

let expected, suiting;

before(async () => {
  const photo = join(site.root, "docs/images/cat.png");
  expected = JSON.parse(await site.runPython(site.here("compressed.py"), photo));
  const bundle = {entryPoints: [site.here("../src/choice.ts")], bundle: true, format: "esm", write: false};
  const [{text}] = (await build(bundle)).outputFiles;
  ({suiting} = await import(`data:text/javascript,${encodeURIComponent(text)}`));
});

test("every file gets the model that `upscale --model auto` takes, for the same reason", () => {
  const {rules, files} = expected;
  for (const {name, content, model, why} of files) {
    assert.deepEqual(suiting(Buffer.from(content, "base64"), rules), {model, why}, name);
  }
  for (const model of [rules.compressed, rules.others]) {
    for (const format of ["JPEG", "WebP"]) {
      const found = files.filter((file) => file.model === model && file.why.startsWith(format));
      assert.ok(found.length > 2, `${model} for ${format}`);
    }
  }
});

test("bytes that are no picture break nothing", () => {
  const starts = [[0xff, 0xd8, 0xff], [...Buffer.from("RIFF\0\0\0\0WEBPVP8 ")]];
  for (let k = 0; k < 2000; k++) {
    const noise = Array.from({length: k % 97}, (_, n) => (n * n * 31 + k * 57 + ((n * k) >> 3)) & 255);
    const {model} = suiting(Uint8Array.from([...starts[k % 2], ...noise]), expected.rules);
    assert.ok(Object.values(expected.rules).includes(model));
  }
});
