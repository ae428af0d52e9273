// Which model a picture goes through: one that the user names, or the one that suits the file.

import {type Compression, type QualityTables, compressionOf} from "./compression";
import type {ModelEntry} from "./messages";

/** The rules of `upscale --model auto`; keras_dgggan/web/automatic.py writes them. */
export interface Rules extends QualityTables {
  /** The model for files that were compressed strongly, and the one for all others. */
  compressed: string;
  others: string;
  /** The highest quality, by format, that counts as strongly compressed. */
  highest: Record<Compression["format"], number>;
}

/** What models.json holds. */
export interface Site {
  models: ModelEntry[];
  /** Where the site has both models. */
  automatic: Rules | null;
}

export interface Chosen {
  model: ModelEntry;
  /** One line, where the user named no model. */
  why?: string;
}

/** An entry of the menu. */
export interface Choice {
  value: string;
  label: string;
  line: string;
  /** Which models it may take, the likely ones first. */
  models: ModelEntry[];
  of(file: Blob): Promise<Chosen>;
}

/** The menu's entries; the first is the default. */
export function choices({models, automatic}: Site): Choice[] {
  const named = models.map((model) => ({
    value: model.name,
    label: `${model.name} (x${model.scale})`,
    line: model.line,
    models: [model],
    of: async () => ({model}),
  }));
  return automatic ? [automaticChoice(models, automatic), ...named] : named;
}

/** The model that suits a file of this content, and why. */
export function suiting(content: Uint8Array, rules: Rules): {model: string; why: string} {
  const compression = compressionOf(content, rules);
  const {highest, compressed, others} = rules;
  const strong = compression !== undefined && compression.quality <= highest[compression.format];
  return {
    model: strong ? compressed : others,
    why: compression ? `${compression.format} of quality ${compression.quality}` : "no known lossy compression",
  };
}

function automaticChoice(models: ModelEntry[], rules: Rules): Choice {
  const {compressed, others, highest} = rules;
  const named = (name: string): ModelEntry => models.find((entry) => entry.name === name) as ModelEntry;
  const formats = Object.entries(highest).map(([format, quality]) => `${format} up to quality ${quality}`);
  return {
    value: "auto",
    label: "Automatic",
    line: `${compressed} for ${formats.join(" and ")}, ${others} for all others`,
    models: [named(others), named(compressed)],
    async of(file) {
      // A file that cannot be read is told where it is decoded.
      const content = await file.arrayBuffer().catch(() => new ArrayBuffer(0));
      const {model, why} = suiting(new Uint8Array(content), rules);
      return {model: named(model), why: `Automatic: ${model} for ${why}`};
    },
  };
}
