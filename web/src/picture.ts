// One picture in the list: its state, its buttons and its result.

import type {Choice} from "./choice";
import {make} from "./dom";
import type {Engine} from "./engine";
import type {ModelEntry, Result} from "./messages";

let numbers = 0;

/** What the list does for its pictures. */
export interface Host {
  engine: Engine;
  /** What is chosen of the menu of models. */
  choice(): Choice;
  announce(text: string): void;
  show(picture: PictureItem): void;
  save(picture: PictureItem): Promise<void>;
  removed(picture: PictureItem): void;
  isShown(picture: PictureItem): boolean;
  changed(): void;
}

export class PictureItem {
  readonly element: HTMLLIElement;
  readonly before: string;
  after?: string;
  result?: Result;
  /** The result's file, once it is written. */
  png?: Promise<Blob>;
  model!: ModelEntry;
  private id = 0;
  private begin = 0;
  private readonly why = make("p", {className: "note why", hidden: true});
  private readonly text = make("p", {className: "note"});
  private readonly bar = make("progress", {max: 1});
  private readonly actions = make("div", {className: "actions"});

  constructor(
    readonly file: Blob,
    readonly name: string,
    private readonly host: Host,
  ) {
    this.before = URL.createObjectURL(file);
    const image = make("img", {src: this.before, alt: ""});
    image.addEventListener("error", () => (image.hidden = true));
    this.bar.setAttribute("aria-label", `Progress of ${name}`);
    const middle = make("div", {}, [
      make("p", {className: "name", textContent: name}),
      this.why,
      this.text,
      this.bar,
    ]);
    this.element = make("li", {}, [make("div", {}, [image]), middle, this.actions]);
    this.start();
  }

  /** What the viewer says of it. */
  get facts(): string {
    const {width, height, seconds, notes} = this.result as Result;
    const size = `${width / this.model.scale}x${height / this.model.scale} to ${width}x${height}`;
    return [`${size} by ${this.model.name} in ${seconds.toFixed(1)} s.`, ...notes].join(" ");
  }

  start(): void {
    this.forget();
    this.id = ++numbers;
    this.begin = 0;
    this.why.hidden = true;
    this.bar.hidden = false;
    this.bar.removeAttribute("value");
    this.say("Waits");
    this.offer([["Cancel", () => this.cancel()]]);
    const {id, file, name} = this;
    const choice = this.host.choice();
    this.host.engine.add({
      id,
      name,
      model: () => this.choose(id, choice),
      picture: file,
      progress: (done) => this.progress(done),
      finish: (result, png) => this.finish(result, png),
      fail: (reason) => this.fail(reason),
    });
    this.host.changed();
  }

  private async choose(id: number, choice: Choice): Promise<ModelEntry> {
    const {model, why} = await choice.of(this.file);
    // It may have been started anew meanwhile.
    if (id === this.id) {
      this.model = model;
      this.why.textContent = why ?? "";
      this.why.hidden = !why;
    }
    return model;
  }

  private progress(done: number): void {
    const now = performance.now();
    this.begin ||= now;
    this.bar.value = done;
    const elapsed = (now - this.begin) / 1000;
    const left = (elapsed * (1 - done)) / done;
    const time = elapsed > 1 && left >= 1 ? `, about ${duration(left)} left` : "";
    this.say(`${Math.round(100 * done)} %${time}`);
  }

  private finish(result: Result, png: Promise<Blob>): void {
    this.result = result;
    this.png = png;
    this.after = URL.createObjectURL(result.view);
    png.then((file) => this.replace(result, file), () => {});
    this.bar.hidden = true;
    this.say(this.facts);
    this.offer([
      ["Download", () => void this.host.save(this), true],
      ["Show", () => this.host.show(this)],
      ["Again", () => this.start()],
      ["Remove", () => this.remove()],
    ]);
    this.host.announce(`${this.name} is done.`);
    this.host.changed();
  }

  /** The file takes less memory than what was shown first; it is not decoded anew for that. */
  private replace(result: Result, file: Blob): void {
    if (this.result !== result || !this.after || this.host.isShown(this)) return;
    URL.revokeObjectURL(this.after);
    this.after = URL.createObjectURL(file);
  }

  private fail(reason: string): void {
    this.bar.hidden = true;
    this.say(reason, true);
    this.offer([
      ["Again", () => this.start()],
      ["Remove", () => this.remove()],
    ]);
    this.host.announce(reason);
    this.host.changed();
  }

  private cancel(): void {
    this.host.engine.cancel(this.id);
    this.bar.hidden = true;
    this.say("Cancelled");
    this.offer([
      ["Again", () => this.start()],
      ["Remove", () => this.remove()],
    ]);
    this.host.announce(`${this.name} is cancelled.`);
    this.host.changed();
  }

  private remove(): void {
    this.forget();
    URL.revokeObjectURL(this.before);
    this.element.remove();
    this.host.removed(this);
  }

  private forget(): void {
    if (this.after) URL.revokeObjectURL(this.after);
    this.after = undefined;
    this.result = undefined;
    this.png = undefined;
  }

  private say(text: string, bad = false): void {
    this.text.textContent = text;
    this.text.classList.toggle("bad", bad);
  }

  /** Buttons for what can be done now; the focus stays among them. */
  private offer(actions: [label: string, act: () => void, main?: boolean][]): void {
    const focused = this.actions.contains(document.activeElement);
    this.actions.replaceChildren(
      ...actions.map(([label, act, main]) => {
        const button = make("button", {type: "button", textContent: label});
        if (main) button.className = "main";
        button.setAttribute("aria-label", `${label} ${this.name}`);
        button.addEventListener("click", act);
        return button;
      }),
    );
    if (focused) this.actions.querySelector("button")?.focus();
  }
}

function duration(seconds: number): string {
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
