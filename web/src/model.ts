// A model's file: a header in JSON, then its parts one after the other.
// keras_dgggan/web/model_file.py writes it.

import type {GeneratorHeader} from "./generator";
import type {Graph, Onnx} from "./onnx";

interface Header {
  scale: number;
  parts: Record<string, [offset: number, length: number]>;
  /** Of a generator that the page's own kernels compute; others are graphs. */
  generator?: GeneratorHeader;
  /** Of graphs: the least height and width, and what they must be multiples of. */
  minimum: number;
  multiple: number;
  /** Of a generator's graphs, which run stage by stage; others are one graph. */
  stages?: Stages;
  check: {height: number; width: number};
}

export interface Stages {
  filters: number;
  branches: string[];
  blocks: number;
  /** The numbers of the blocks after which a gradient map is passed. */
  passes: number[];
  halos: {head: number; block: number; pass: number; tail: number};
  costs: {head: number; block: number; pass: number; tail: number};
  /** The largest tile of the tail. */
  largestTail: number;
}

export class ModelFile {
  readonly header: Header;
  private readonly start: number;

  constructor(private readonly content: ArrayBuffer) {
    const length = new DataView(content).getUint32(0, true);
    this.header = JSON.parse(new TextDecoder().decode(new Uint8Array(content, 4, length)));
    this.start = 4 + length;
  }

  bytes(part: string): Uint8Array {
    const [offset, length] = this.header.parts[part];
    return new Uint8Array(this.content, this.start + offset, length);
  }

  has(part: string): boolean {
    return part in this.header.parts;
  }

  floats(part: string): Float32Array {
    return new Float32Array(this.bytes(part).slice().buffer);
  }
}

/** A model of graphs, and the runtime that computes them. */
export class Model {
  private readonly graphs = new Map<string, Promise<Graph>>();

  constructor(
    private readonly onnx: Onnx,
    readonly file: ModelFile,
  ) {}

  get header(): Header {
    return this.file.header;
  }

  graph(part: string): Promise<Graph> {
    let graph = this.graphs.get(part);
    if (graph === undefined) {
      graph = this.onnx.session(this.file.bytes(part));
      this.graphs.set(part, graph);
    }
    return graph;
  }

  /** Bytes that a picture takes for each of its pixels, about. */
  get bytesPerPixel(): number {
    const {scale, stages} = this.header;
    const features = stages ? 4 * stages.filters * (stages.branches.length + 1) : 0;
    // Planes of the picture, its pixels, and the result's.
    return features + 12 + 4 + 4 * scale * scale;
  }
}
