// A picture before and after, one over the other, with a divider and zoom.

import {byId} from "./dom";

const SMALLEST = 0.02;
const LARGEST = 16;
const STEP = 1.25;

export interface Shown {
  name: string;
  before: string;
  after: string;
  width: number;
  height: number;
  facts: string;
}

export class Viewer {
  private readonly section = byId("viewer");
  private readonly view = byId("view");
  private readonly canvas = byId("canvas");
  private readonly before = byId<HTMLImageElement>("before");
  private readonly after = byId<HTMLImageElement>("after");
  private readonly divider = byId("divider");
  private readonly divide = byId<HTMLInputElement>("divide");
  private shown?: Shown;
  /** Pixels of the screen for one of the result. */
  private zoom = 1;

  constructor() {
    this.divide.addEventListener("input", () => this.place());
    const on = (id: string, act: () => void): void => byId(id).addEventListener("click", act);
    on("zoom-out", () => this.zoomTo(this.zoom / STEP));
    on("zoom-in", () => this.zoomTo(this.zoom * STEP));
    on("zoom-fit", () => this.fit());
    on("zoom-full", () => this.zoomTo(1));
    this.view.addEventListener(
      "wheel",
      (event) => {
        if (!event.ctrlKey) return;
        event.preventDefault();
        this.zoomTo(this.zoom * (event.deltaY < 0 ? STEP : 1 / STEP));
      },
      {passive: false},
    );
    this.view.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "+") this.zoomTo(this.zoom * STEP);
      else if (event.key === "-") this.zoomTo(this.zoom / STEP);
      else if (event.key === "0") this.fit();
    });
    this.drag(this.divider, (event) => {
      const {left, width} = this.canvas.getBoundingClientRect();
      this.divide.value = String((100 * (event.clientX - left)) / width);
      this.place();
    });
    this.drag(this.canvas, (event) => {
      // A finger scrolls by itself.
      if (event.pointerType === "mouse") this.view.scrollBy(-event.movementX, -event.movementY);
    });
  }

  get current(): Shown | undefined {
    return this.shown;
  }

  show(shown: Shown): void {
    this.shown = shown;
    this.section.hidden = false;
    byId("viewer-title").textContent = `Before and after: ${shown.name}`;
    byId("viewer-facts").textContent = shown.facts;
    this.before.src = shown.before;
    this.before.alt = `${shown.name} before`;
    this.after.src = shown.after;
    this.after.alt = `${shown.name} after`;
    this.fit();
    this.place();
  }

  hide(): void {
    this.shown = undefined;
    this.section.hidden = true;
    this.before.removeAttribute("src");
    this.after.removeAttribute("src");
  }

  private fit(): void {
    if (!this.shown) return;
    const wide = this.view.clientWidth / this.shown.width;
    const high = (0.75 * innerHeight) / this.shown.height;
    this.zoomTo(Math.min(wide, high, 1));
  }

  private zoomTo(zoom: number): void {
    if (!this.shown) return;
    const {view, canvas} = this;
    // What is in the middle stays there.
    const x = (view.scrollLeft + view.clientWidth / 2) / canvas.clientWidth;
    const y = (view.scrollTop + view.clientHeight / 2) / canvas.clientHeight;
    this.zoom = Math.min(Math.max(zoom, SMALLEST), LARGEST);
    canvas.style.width = `${this.shown.width * this.zoom}px`;
    canvas.style.height = `${this.shown.height * this.zoom}px`;
    this.after.style.imageRendering = this.zoom > 2 ? "pixelated" : "auto";
    view.scrollTo(
      x * canvas.clientWidth - view.clientWidth / 2,
      y * canvas.clientHeight - view.clientHeight / 2,
    );
    byId("zoom-value").textContent = `${Math.round(100 * this.zoom)} %`;
  }

  private place(): void {
    const part = Number(this.divide.value);
    this.after.style.clipPath = `inset(0 0 0 ${part}%)`;
    this.before.style.clipPath = `inset(0 ${100 - part}% 0 0)`;
    this.divider.style.left = `${part}%`;
    this.divide.setAttribute("aria-valuetext", `${Math.round(part)} % before`);
  }

  private drag(element: HTMLElement, move: (event: PointerEvent) => void): void {
    element.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      event.stopPropagation();
      element.setPointerCapture(event.pointerId);
    });
    element.addEventListener("pointermove", (event) => {
      if (element.hasPointerCapture(event.pointerId)) move(event);
    });
  }
}
