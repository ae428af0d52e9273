// The page: pictures come in, results go out.

import {asset} from "./assets";
import {type Choice, choices} from "./choice";
import {byId, make} from "./dom";
import {Engine} from "./engine";
import {type Host, PictureItem} from "./picture";
import {type Format, converted, download, fileName} from "./save";
import {Viewer} from "./viewer";

const status = byId("status");
const announce = (text: string): void => void (status.textContent = text);
const engine = new Engine((text) => (byId("engine").textContent = text));
const viewer = new Viewer();
const items: PictureItem[] = [];
// Files that came before the models.
const early: File[] = [];
let menu: Choice[] = [];

const modelChoice = byId<HTMLSelectElement>("model");
const formatChoice = byId<HTMLSelectElement>("format");
const quality = byId<HTMLInputElement>("quality");

const host: Host = {
  engine,
  announce,
  choice: () => menu[modelChoice.selectedIndex],
  show,
  save,
  removed(item) {
    items.splice(items.indexOf(item), 1);
    if (this.isShown(item)) viewer.hide();
    byId("files").focus();
    this.changed();
  },
  isShown: (item) => viewer.current?.before === item.before,
  changed() {
    byId("pictures").hidden = items.length === 0;
    const done = items.filter((item) => item.result);
    byId("together").hidden = done.length < 2;
    const last = done.at(-1);
    const current = items.find((item) => item.before === viewer.current?.before);
    // The first result is shown at once; one that is computed again takes its place.
    if (last && !viewer.current) show(last);
    else if (current?.after && current.after !== viewer.current?.after) show(current);
  },
};

function add(files: Iterable<File>): void {
  if (menu.length === 0) {
    early.push(...files);
    return announce("The models are still being loaded.");
  }
  for (const file of files) {
    const item = new PictureItem(file, file.name || "picture.png", host);
    items.push(item);
    byId("list").append(item.element);
  }
  host.changed();
}

function show(item: PictureItem): void {
  const {name, before, after, result, facts} = item;
  if (!after || !result) return;
  viewer.show({name, before, after, facts, width: result.width, height: result.height});
}

async function save(item: PictureItem): Promise<void> {
  if (!item.png) return;
  const format = formatChoice.value as Format;
  try {
    const blob = await converted(await item.png, format, Number(quality.value));
    download(blob, fileName(item.name, format));
  } catch (error) {
    announce(error instanceof Error ? error.message : String(error));
  }
}

function describe(): void {
  byId("model-line").textContent = host.choice().line;
}

/** Load what the next picture is likely to need. */
function prepare(): void {
  engine.prepare(host.choice().models).catch((error) => announce(String(error.message ?? error)));
}

function listen(): void {
  const files = byId<HTMLInputElement>("files");
  files.addEventListener("change", () => {
    add(files.files ?? []);
    // The same file can be chosen again.
    files.value = "";
  });
  const drop = byId("drop");
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) drop.classList.remove("over");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    add(event.dataTransfer?.files ?? []);
  });
  document.addEventListener("paste", (event) => {
    const pasted = event.clipboardData?.files ?? [];
    if (pasted.length > 0) add(pasted);
    else announce("The clipboard holds no picture.");
  });
  modelChoice.addEventListener("change", () => {
    describe();
    prepare();
  });
  formatChoice.addEventListener("change", () => {
    byId("quality-box").hidden = formatChoice.value === "png";
  });
  quality.addEventListener("input", () => (byId("quality-value").textContent = quality.value));
  byId("download-all").addEventListener("click", async () => {
    for (const item of items) await save(item);
  });
}

/** The service worker keeps the site, and has it sent so that threads may run. */
function keep(): boolean {
  const offline = document.documentElement.dataset.offline !== "no";
  if (!offline || !("serviceWorker" in navigator)) return false;
  const mark = "keras-dgggan-reloaded";
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (crossOriginIsolated || items.length > 0 || sessionStorage.getItem(mark)) return;
    sessionStorage.setItem(mark, "1");
    location.reload();
  });
  navigator.serviceWorker.register("sw.js").catch(prepare);
  return !crossOriginIsolated && !sessionStorage.getItem(mark);
}

async function main(): Promise<void> {
  listen();
  menu = choices(JSON.parse(new TextDecoder().decode(await asset("models.json"))));
  for (const {value, label} of menu) modelChoice.append(make("option", {value, textContent: label}));
  describe();
  // Before a reload nothing is loaded that would be loaded again.
  if (!keep()) prepare();
  add(early);
}

main().catch((error) => announce(`The page cannot start: ${error.message ?? error}`));
