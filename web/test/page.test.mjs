// The page in Chromium, against the command line.
import assert from "node:assert/strict";
import {readFile} from "node:fs/promises";
import {join} from "node:path";
import {after, before, describe, test} from "node:test";
import * as site from "./site.mjs";

const MODEL = "dgggan_x4_light";
const PHOTO_MODEL = "dgggan_x4_photo";
// Of the picture that goes through tiles; 1500x1000 takes minutes.
const LARGE = process.env.KERAS_DGGGAN_WEB_LARGE ?? "640x420";
const PATIENCE = {timeout: 300_000};

describe("the page", {skip: site.missing}, () => {
  let work, own, browser, small, pictures;
  const stops = [];
  const picture = (name) => join(work.folder, name);

  async function differences(...pairs) {
    const out = await site.runPython(site.here("pictures.py"), "difference", ...pairs.flat());
    return out.trim().split(" ").map(Number);
  }

  function clean({errors, foreign}) {
    // Chromium warns where there is no GPU.
    assert.deepEqual(errors.filter((text) => text !== "No available adapters."), []);
    assert.deepEqual(foreign, []);
  }

  before(async () => {
    work = await site.temporaryFolder();
    const photo = join(site.root, "docs/images/cat.png");
    await site.runPython(site.here("pictures.py"), "make", photo, work.folder, LARGE);
    // Chromium leaves files in the temporary folder, and a socket, whose path may not be long.
    own = await site.temporaryFolder(process.platform === "win32" ? undefined : "/tmp");
    browser = await site.launch({env: {...process.env, TMPDIR: own.folder}});
    small = await site.serve([site.here("small_models.py"), "serve"]);
    stops.push(small.stop);
  });

  after(async () => {
    await browser?.close();
    for (const stop of stops) await stop();
    await own?.remove();
    await work?.remove();
  });

  test("gives what `keras-dgggan upscale` gives", async () => {
    const demo = await site.demo(MODEL);
    stops.push(demo.stop);
    const opened = await site.open(browser, demo.url);
    assert.equal(await opened.page.evaluate(() => crossOriginIsolated), true);
    const names = ["photo.png", "alpha.png", "gray.png", "rotated.jpg"];
    await site.drop(opened.page, names.map(picture));
    for (const name of names) {
      const suggested = await site.download(opened.page, name, picture(`page_${name}.png`));
      assert.equal(suggested, name.replace(/\..*/, "_sr.png"));
    }
    await site.drop(opened.page, [picture("p3.png")]);
    await site.download(opened.page, "p3.png", picture("page_p3.png"));
    clean(opened);
    await opened.close();
    await site.runPython(
      "-m", "keras_dgggan", "upscale", ...[...names, "p3_as_srgb.png"].map(picture), "--model", MODEL,
      "-o", picture("expected"), "--format", "png",
    );
    const pairs = names.map((name) => [
      picture(`page_${name}.png`),
      join(picture("expected"), name.replace(/\..*/, "_sr.png")),
    ]);
    const found = await differences(...pairs);
    assert.ok(found.every((levels) => levels <= 1), `levels off: ${found}`);
    // The command keeps a profile, the page draws in sRGB: as a file that was converted before.
    const [converted] = await differences([picture("page_p3.png"), picture("expected/p3_as_srgb_sr.png")]);
    assert.ok(converted <= 5, `${converted} levels off`);
  });

  test("takes the model that suits each file, as the command does, unless one is named", async () => {
    const demo = await site.demo(MODEL, PHOTO_MODEL);
    stops.push(demo.stop);
    const opened = await site.open(browser, demo.url);
    const {page} = opened;
    const why = (name) => page.locator("li", {hasText: name}).locator(".why");
    await page.locator("#model option").first().waitFor({state: "attached"});
    assert.equal(await page.inputValue("#model"), "auto");
    const names = ["strong.jpg", "mild.jpg", "lossy.webp", "photo.png"];
    await site.drop(page, names.map(picture));
    const told = [];
    for (const name of names) {
      await site.download(page, name, picture(`auto_${name}.png`));
      told.push(await why(name).textContent());
    }
    await page.selectOption("#model", PHOTO_MODEL);
    await page.getByRole("button", {name: "Again photo.png"}).click();
    await site.download(page, "photo.png", picture("named.png"));
    assert.equal(await why("photo.png").isVisible(), false);
    clean(opened);
    await opened.close();
    const upscale = (...args) => site.runPython("-m", "keras_dgggan", "upscale", ...args);
    const out = ["-o", picture("auto"), "--format", "png", "--json"];
    const {results: files} = JSON.parse(await upscale(...names.map(picture), ...out));
    assert.deepEqual(told, files.map((file) => `Automatic: ${file.model} for ${file.chosen_for}`));
    assert.deepEqual([...new Set(files.map((file) => file.model))], [PHOTO_MODEL, MODEL]);
    await upscale(picture("photo.png"), "--model", PHOTO_MODEL, "-o", picture("named_expected.png"));
    const found = await differences(
      ...files.map((file, k) => [picture(`auto_${names[k]}.png`), file.output]),
      [picture("named.png"), picture("named_expected.png")],
    );
    assert.ok(found.every((levels) => levels <= 1), `levels off: ${found}`);
  });

  test("gives in tiles what the whole picture gives", async () => {
    const opened = await site.open(browser, small.url);
    await site.drop(opened.page, [picture("large.png")]);
    await site.download(opened.page, "large.png", picture("exact.png"));
    await opened.page.selectOption("#model", "tiny_whole");
    await opened.page.getByRole("button", {name: "Again large.png"}).click();
    await site.download(opened.page, "large.png", picture("blended.png"));
    assert.match(await opened.page.textContent("#list"), /tiles that were blended/);
    clean(opened);
    await opened.close();
    for (const [model, name] of [["tiny", "exact"], ["tiny_whole", "blended"]]) {
      const target = picture(`${name}_expected.png`);
      await site.runPython(site.here("small_models.py"), "expect", model, picture("large.png"), target);
    }
    const [exact, blended] = await differences(
      [picture("exact.png"), picture("exact_expected.png")],
      [picture("blended.png"), picture("blended_expected.png")],
    );
    assert.ok(exact <= 1, `${exact} levels off`);
    assert.ok(blended <= 1, `${blended} levels off`);
  });

  test("says of what it cannot read why, and goes on", async () => {
    const opened = await site.open(browser, small.url);
    await site.drop(opened.page, ["text.png", "broken.png", "empty.png", "photo.png"].map(picture));
    await opened.page.getByRole("button", {name: "Download photo.png"}).waitFor(PATIENCE);
    const said = await opened.page.locator("#list .bad").allTextContents();
    assert.deepEqual(said, [
      "text.png is not a picture that this browser can read, or it is damaged.",
      "broken.png is damaged: it breaks off before its end.",
      "empty.png is empty.",
    ]);
    clean(opened);
    await opened.close();
  });

  test("can be cancelled, and goes on with the next picture", async () => {
    const opened = await site.open(browser, small.url);
    // From within, for a fast machine is done before anybody outside has seen it begin.
    await opened.page.evaluate(() => {
      const list = document.getElementById("list");
      const seen = new MutationObserver(() => {
        if (!list.querySelector("li:first-child progress[value]")) return;
        seen.disconnect();
        list.querySelector("li:first-child [aria-label='Cancel large.png']").click();
      });
      seen.observe(list, {subtree: true, childList: true, attributes: true});
    });
    await site.drop(opened.page, ["large.png", "photo.png"].map(picture));
    await opened.page.getByRole("button", {name: "Download photo.png"}).waitFor(PATIENCE);
    assert.match(await opened.page.textContent("#list li:first-child"), /Cancelled/);
    clean(opened);
    await opened.close();
  });

  test("works by the keyboard alone, in other formats too", async () => {
    const {page, ...opened} = await site.open(browser, small.url);
    // From now on, for the browser is told that somebody waits in its own time.
    const choosing = page.waitForEvent("filechooser", PATIENCE);
    const tabTo = async (id) => {
      for (let k = 0; k < 40; k++) {
        await page.keyboard.press("Tab");
        const there = await page.evaluate(
          (wanted) => [document.activeElement.id, document.activeElement.ariaLabel].includes(wanted),
          id,
        );
        if (there) return;
      }
      assert.fail(`Tab does not reach ${id}`);
    };
    await page.locator("#model option").first().waitFor({state: "attached"});
    await tabTo("files");
    await page.keyboard.press("Enter");
    await (await choosing).setFiles(picture("alpha.png"));
    await page.getByRole("button", {name: "Download alpha.png"}).waitFor(PATIENCE);
    await tabTo("format");
    await page.keyboard.press("End");
    await tabTo("Download alpha.png");
    const saving = page.waitForEvent("download");
    await page.keyboard.press("Enter");
    const saved = await saving;
    assert.equal(saved.suggestedFilename(), "alpha_sr.jpg");
    const content = await readFile(await saved.path());
    assert.deepEqual([...content.subarray(0, 2)], [0xff, 0xd8]);
    await tabTo("divide");
    await page.keyboard.press("Home");
    assert.match(await page.getAttribute("#after", "style"), /inset\(0px 0px 0px 0%\)/);
    await tabTo("view");
    const width = () => page.evaluate(() => document.getElementById("canvas").clientWidth);
    const before = await width();
    await page.keyboard.press("+");
    assert.ok((await width()) > before);
    clean(opened);
    await opened.close();
  });

  test("has no faults that axe finds, light and dark, wide and narrow", async () => {
    const axe = await readFile(new URL("../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
    const opened = await site.open(browser, small.url);
    const {page} = opened;
    const faults = async () => {
      await page.evaluate(axe);
      const {violations} = await page.evaluate(() => globalThis.axe.run());
      return violations.map(({id, nodes}) => `${id}: ${nodes.map(({html}) => html).join(" ")}`);
    };
    assert.deepEqual(await faults(), []);
    await site.drop(page, ["photo.png", "text.png"].map(picture));
    await page.getByRole("button", {name: "Again text.png"}).waitFor(PATIENCE);
    assert.deepEqual(await faults(), []);
    await page.emulateMedia({colorScheme: "dark"});
    await page.setViewportSize({width: 360, height: 700});
    assert.deepEqual(await faults(), []);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= 360, `the page is ${wide} pixels wide`);
    clean(opened);
    await opened.close();
  });

  test("works offline after the first load, with threads on a host without headers", async () => {
    const folder = picture("site");
    await site.runPython("-m", "keras_dgggan", "export", MODEL, "--format", "web", "-o", folder);
    const host = await site.serve([
      "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", folder,
    ]);
    stops.push(host.stop);
    const opened = await site.open(browser, host.url);
    const {page, context} = opened;
    await page.waitForFunction(() => globalThis.crossOriginIsolated, null, PATIENCE);
    await page.waitForLoadState();
    await context.setOffline(true);
    await page.reload();
    await site.drop(page, [picture("photo.png")]);
    await page.getByRole("button", {name: "Download photo.png"}).waitFor(PATIENCE);
    clean(opened);
    await opened.close();
  });

  test("keeps its version while it is open, and takes the new one afterwards", async () => {
    const folder = picture("versions");
    const write = (...args) =>
      site.runPython("-m", "keras_dgggan", "export", MODEL, "--format", "web", "-o", folder, ...args);
    await write();
    const host = await site.serve([
      "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", folder,
    ]);
    stops.push(host.stop);
    const opened = await site.open(browser, host.url);
    const {page, context} = opened;
    const models = (on) => on.evaluate(() => fetch("models.json").then((answer) => answer.json()));
    await page.waitForFunction(() => globalThis.crossOriginIsolated, null, PATIENCE);
    await page.waitForLoadState();
    await write("--also", PHOTO_MODEL, "--overwrite");
    await page.evaluate(async () => {
      const registration = await navigator.serviceWorker.ready;
      await registration.update();
      while (!registration.waiting) await new Promise((resolve) => setTimeout(resolve, 50));
    });
    assert.equal((await models(page)).models.length, 1);
    await page.close();
    const later = await context.newPage();
    await later.goto(host.url);
    assert.equal((await models(later)).models.length, 2);
    clean(opened);
    await opened.close();
  });

  test("works as one file without a server", async () => {
    const file = picture("page.html");
    await site.runPython("-m", "keras_dgggan", "export", MODEL, "-o", file);
    const opened = await site.open(browser, `file://${file}`);
    await site.drop(opened.page, [picture("photo.png")]);
    await opened.page.getByRole("button", {name: "Download photo.png"}).waitFor(PATIENCE);
    clean(opened);
    await opened.close();
  });
});
