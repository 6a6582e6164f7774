// The service worker of the report pages: opens the page of a scanned code without a network, and sends what waits when
// the browser says that there is one again. It keeps the files of the page and, of each place, the page that the server
// draws for keeping: the questions, nobody's answers. Nothing else is ever put into its cache.
import { sendAll } from "./sending.js";

const PREFIX = "dongche-report-";
const PATIENCE = 8_000;
const MOST_PAGES = 12;

export function start({ release, files }) {
  const name = PREFIX + release;
  const home = new URL(registration.scope).pathname;
  const isPage = (path) => path.startsWith(home) && /^[0-9A-Za-z-]{8,64}\/$/.test(path.slice(home.length));

  addEventListener("install", (event) => event.waitUntil(install(name, files, isPage).then(() => skipWaiting())));
  addEventListener("activate", (event) => event.waitUntil(forgetOthers(name).then(() => clients.claim())));
  addEventListener("message", (event) => {
    const { keep, language } = event.data ?? {};
    if (keep && isPage(keep)) event.waitUntil(keepPage(name, keep, language, isPage).catch(() => {}));
  });
  addEventListener("sync", (event) => event.waitUntil(sendOrComeBack()));
  addEventListener("fetch", (event) => {
    const { request } = event;
    const { origin, pathname } = new URL(request.url);
    if (request.method !== "GET" || origin !== location.origin) return;
    if (files.includes(pathname)) event.respondWith(kept(name, pathname).then((found) => found ?? fetch(request)));
    else if (request.mode === "navigate" && isPage(pathname)) event.respondWith(page(name, request, pathname));
  });
}

async function kept(name, path) {
  return (await caches.open(name)).match(path);
}

// The network first. A network that hangs, or a server that is away, counts as none.
async function page(name, request, path) {
  const found = await kept(name, path);
  try {
    const patience = new Promise((_, reject) => found && setTimeout(reject, PATIENCE));
    const response = await Promise.race([fetch(request), patience]);
    if ([404, 410].includes(response.status)) await (await caches.open(name)).delete(path);
    return found && [502, 503, 504].includes(response.status) ? found : response;
  } catch {
    return found ?? Response.error();
  }
}

async function keepPage(name, path, language, isPage) {
  const response = await fetch(`${path}copy/`, {
    credentials: "omit",
    cache: "no-store",
    redirect: "error",
    headers: { "Accept-Language": language },
  });
  const cache = await caches.open(name);
  if ([404, 410].includes(response.status)) return cache.delete(path);
  if (!response.ok) throw new Error(`${response.status}`);
  await cache.delete(path); // what is put last stands last
  await cache.put(path, response);
  const paths = (await cache.keys()).map((request) => new URL(request.url).pathname).filter(isPage);
  await Promise.all(paths.slice(0, -MOST_PAGES).map((old) => cache.delete(old)));
}

// A new release takes over only once it has all of its files, and the pages that go with them.
async function install(name, files, isPage) {
  const cache = await caches.open(name);
  await cache.addAll(files.map((file) => new Request(file, { cache: "reload" })));
  for (const other of await others(name)) {
    for (const request of await (await caches.open(other)).keys()) {
      const path = new URL(request.url).pathname;
      if (!isPage(path)) continue;
      const old = await kept(other, path);
      await keepPage(name, path, old.headers.get("Content-Language") ?? "zh-hans", isPage);
    }
  }
}

async function others(name) {
  return (await caches.keys()).filter((other) => other.startsWith(PREFIX) && other !== name);
}

async function forgetOthers(name) {
  await Promise.all((await others(name)).map((other) => caches.delete(other)));
}

async function sendOrComeBack() {
  if (await sendAll({ now: true })) throw new Error("still waiting"); // the browser tries again
}
