// The files of the site: fetched, or held by the page itself where it is one file.

const own = new Map<string, HTMLScriptElement>();
for (const element of document.querySelectorAll<HTMLScriptElement>("script[data-file]")) {
  own.set(element.dataset.file as string, element);
}

/** Whether this page is one file that holds everything. */
export const single = own.size > 0;

/** A file's bytes. `report` is told the part that has come, where that is known. */
export async function asset(name: string, report?: (part: number) => void): Promise<ArrayBuffer> {
  const element = own.get(name);
  if (element) {
    const packed = Uint8Array.from(atob(element.textContent as string), (c) => c.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).arrayBuffer();
  }
  let answer: Response;
  try {
    answer = await fetch(name);
  } catch {
    throw new Error(`${name} cannot be loaded: is there a connection?`);
  }
  if (!answer.ok || !answer.body) throw new Error(`${name} cannot be loaded (${answer.status})`);
  // A compressed answer's length is not its content's.
  const length = answer.headers.get("Content-Encoding") ? 0 : Number(answer.headers.get("Content-Length"));
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let come = 0;
  const reader = answer.body.getReader();
  for (;;) {
    const {done, value} = await reader.read();
    if (done) break;
    chunks.push(value as Uint8Array<ArrayBuffer>);
    come += value.length;
    if (length && report) report(come / length);
  }
  return new Blob(chunks).arrayBuffer();
}

/** A script for a worker or an import: its address, or its content. */
export async function script(name: string): Promise<string | Blob> {
  if (!own.has(name)) return new URL(name, document.baseURI).href;
  return new Blob([await asset(name)], {type: "text/javascript"});
}
