// Keeps the site for use without a connection, and adds the headers that threads need where the
// host does not send them.

const VERSION = "VERSION";
const FILES = ["FILES"];
const CACHE = `keras-dgggan ${self.registration.scope} ${VERSION}`;

// Another version waits until no page of this one is open: its parts do not fit together.
self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES)));
});

self.addEventListener("activate", (event) => {
  const old = (name) => name.startsWith(`keras-dgggan ${self.registration.scope} `) && name !== CACHE;
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter(old).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const {request} = event;
  if (request.method !== "GET" || !request.url.startsWith(self.registration.scope)) return;
  event.respondWith(answer(request).then(isolated));
});

async function answer(request) {
  const cache = await caches.open(CACHE);
  const url = new URL(request.url);
  const name = request.mode === "navigate" ? self.registration.scope : url.origin + url.pathname;
  const kept = await cache.match(name);
  if (kept) return kept;
  const fresh = await fetch(request);
  // The GPU's runtime, which only some use.
  if (fresh.ok && url.pathname.includes("/runtime/")) await cache.put(name, fresh.clone());
  return fresh;
}

function isolated(answer) {
  if (answer.type === "opaque" || answer.status === 0) return answer;
  const headers = new Headers(answer.headers);
  headers.set("Cross-Origin-Opener-Policy", "same-origin");
  headers.set("Cross-Origin-Embedder-Policy", "require-corp");
  headers.set("Cross-Origin-Resource-Policy", "same-origin");
  return new Response(answer.body, {status: answer.status, statusText: answer.statusText, headers});
}
