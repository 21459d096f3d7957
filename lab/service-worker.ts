// Keeps the files of the page, so that it opens without a network once it was open. The build writes in which they are.
declare const FILES: readonly string[];
declare const VERSION: string;

interface WorkerEvent extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface FetchEvent extends WorkerEvent {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}

const cacheName = `backlight-lab-${VERSION}`;
const scope = new URL("./", self.location.href);

async function keepAll(): Promise<void> {
  const cache = await caches.open(cacheName);
  await cache.addAll(FILES.map((file) => new URL(file, scope).href));
}

/** Files of earlier builds. */
async function dropOthers(): Promise<void> {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith("backlight-lab-") && name !== cacheName);
  await Promise.all(old.map((name) => caches.delete(name)));
}

async function answer(request: Request): Promise<Response> {
  const cache = await caches.open(cacheName);
  const kept = await cache.match(request, { ignoreSearch: true });
  if (kept) return kept;
  const response = await fetch(request);
  // readers of formats that this visit needs for the first time
  if (response.ok && response.status === 200) await cache.put(request, response.clone());
  return response;
}

self.addEventListener("install", (event) => (event as WorkerEvent).waitUntil(keepAll()));
self.addEventListener("activate", (event) => (event as WorkerEvent).waitUntil(dropOthers()));
self.addEventListener("fetch", (event) => {
  const { request, respondWith } = event as FetchEvent;
  if (request.method === "GET" && request.url.startsWith(scope.href)) respondWith.call(event, answer(request));
});
