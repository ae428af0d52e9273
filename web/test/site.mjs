// Chromium, the page and what it gives, for the tests.
import {spawn} from "node:child_process";
import {access, mkdtemp, readFile, rm} from "node:fs/promises";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {createInterface} from "node:readline";
import {fileURLToPath} from "node:url";
import {chromium} from "playwright-core";

export const root = fileURLToPath(new URL("../..", import.meta.url));
const python = process.env.PYTHON ?? "python3";
const environment = {
  ...process.env,
  PYTHONPATH: root,
  TF_CPP_MIN_LOG_LEVEL: "3",
  KERAS_DGGGAN_WEB_RUNTIME: fileURLToPath(
    new URL("../node_modules/onnxruntime-web/dist", import.meta.url),
  ),
};

async function found(paths) {
  for (const path of paths.filter(Boolean)) {
    const there = await access(path).then(() => true, () => false);
    if (there) return path;
  }
  return undefined;
}

export const browserPath = await found([
  process.env.CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
]);

/** Why the tests of a browser cannot run; false where they can. */
export const missing = browserPath ? false : "no Chromium: install it, or name it by CHROMIUM";

/** A file beside this one. */
export const here = (name) => fileURLToPath(new URL(name, import.meta.url));

/** Run Python with arguments; returns what it prints. */
export function runPython(...args) {
  return new Promise((resolve, reject) => {
    const child = spawn(python, args, {env: environment, stdio: ["ignore", "pipe", "pipe"]});
    let out = "";
    let bad = "";
    child.stdout.on("data", (text) => (out += text));
    child.stderr.on("data", (text) => (bad += text));
    child.on("error", reject);
    child.on("close", (code) => (code === 0 ? resolve(out) : reject(new Error(bad || out))));
  });
}

export async function temporaryFolder(parent = tmpdir()) {
  const folder = await mkdtemp(join(parent, "keras-dgggan-web-"));
  return {folder, remove: () => rm(folder, {recursive: true, force: true})};
}

/** `keras-dgggan demo` with models, or another command of Python that prints an address first. */
export async function serve(args) {
  const child = spawn(python, args, {env: environment, stdio: ["ignore", "pipe", "inherit"]});
  const lines = createInterface({input: child.stdout});
  const url = await new Promise((resolve, reject) => {
    lines.once("line", (line) => resolve(line.match(/http:[^ )]*/)?.[0]));
    child.once("close", (code) => reject(new Error(`the server ended with ${code}`)));
  });
  const stop = () =>
    new Promise((resolve) => {
      child.once("close", resolve);
      child.kill("SIGINT");
    });
  return {url, stop};
}

export const demo = (...models) =>
  serve(["-m", "keras_dgggan", "demo", ...models, "--no-browser"]);

export const launch = (options = {}) =>
  chromium.launch({
    executablePath: browserPath,
    args: ["--no-sandbox", "--disable-quic", "--disable-background-networking",
           "--disable-component-update", "--disable-sync", "--no-first-run",
           "--enable-unsafe-swiftshader"],
    ...options,
  });

/** A page that notes what it logs as errors and what it asks of other hosts. */
export async function open(browser, url, options = {}) {
  const context = await browser.newContext({acceptDownloads: true, ...options});
  const errors = [];
  const foreign = [];
  const {origin} = new URL(url);
  await context.route(
    (address) => address.protocol.startsWith("http") && address.origin !== origin,
    (route) => {
      foreign.push(route.request().url());
      return route.abort();
    },
  );
  const page = await visited(context, url, (text) => errors.push(text));
  return {page, context, errors, foreign, close: () => context.close()};
}

/** A page that has loaded. The headers that threads need make the browser change its process, and
 * the driver now and then waits for the one that was left: then another page is opened. */
async function visited(context, url, noteError, tries = 3) {
  const page = await context.newPage();
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) noteError(message.text());
  });
  page.on("pageerror", (error) => noteError(String(error)));
  try {
    await page.goto(url, {timeout: 15_000});
    return page;
  } catch (error) {
    if (tries === 1) throw error;
    await page.close();
    return visited(context, url, noteError, tries - 1);
  }
}

/** Drop files on the page, as from a desktop. */
export async function drop(page, paths) {
  const files = await Promise.all(
    paths.map(async (path) => ({
      name: path.split("/").at(-1),
      content: (await readFile(path)).toString("base64"),
    })),
  );
  const transfer = await page.evaluateHandle((items) => {
    const data = new DataTransfer();
    for (const {name, content} of items) {
      const bytes = Uint8Array.from(atob(content), (c) => c.charCodeAt(0));
      data.items.add(new File([bytes], name));
    }
    return data;
  }, files);
  await page.dispatchEvent("#drop", "drop", {dataTransfer: transfer});
}

/** Download the result of a picture. */
export async function download(page, name, path) {
  const button = page.getByRole("button", {name: `Download ${name}`, exact: true});
  await button.waitFor({timeout: 300_000});
  const [saved] = await Promise.all([page.waitForEvent("download"), button.click()]);
  await saved.saveAs(path);
  return saved.suggestedFilename();
}
