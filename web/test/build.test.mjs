// What is committed of the page.
import assert from "node:assert/strict";
import {execFile} from "node:child_process";
import {readFile, readdir} from "node:fs/promises";
import {join} from "node:path";
import {test} from "node:test";
import {promisify} from "node:util";
import * as site from "./site.mjs";

const page = join(site.root, "keras_dgggan/web/page");

test("the page in the package is the one that the sources give", async () => {
  const {folder, remove} = await site.temporaryFolder();
  try {
    await promisify(execFile)(process.execPath, [site.here("../build.mjs"), folder]);
    const names = await readdir(folder);
    assert.deepEqual((await readdir(page)).sort(), names.sort());
    for (const name of names) {
      const [built, kept] = await Promise.all([folder, page].map((at) => readFile(join(at, name), "utf8")));
      assert.equal(kept, built, `${name}: run npm run build`);
    }
  } finally {
    await remove();
  }
});

test("the page without runtime and models stays small", async () => {
  const sizes = (await readdir(page)).map(async (name) => (await readFile(join(page, name))).length);
  const total = (await Promise.all(sizes)).reduce((a, b) => a + b, 0);
  assert.ok(total < 150_000, `${total} bytes`);
});
