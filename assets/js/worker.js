// The service worker: pages and cards that were at hand stay at hand without a connection. Served as /worker.js with the
// version of the assets in its address, so that a new build brings a new worker; FILES, the names of all styles, scripts
// and fonts, is put before this text by the server.
const version = new URL(location.href).searchParams.get("v");
const STATIC = `static-${version}`;
// What belongs to the learner; page.js empties it when nobody is signed in.
const KEPT = "kept";
const assets = (name) => `/assets/${version}/${name}`;
const SHELL = ["/offline", ...FILES.map(assets)];
// Pages that are worth opening without a connection, and the cards of a desk.
const PAGES = /^\/(decks(\/[^/]+\/study)?|study)?$/;
const AHEAD = /^(\/decks\/[^/]+)?\/study\/ahead$/;
// A dead network is noticed after this long; a slow page is better than an old one until then.
const PATIENCE = 6000;

addEventListener("install", (event) => {
  event.waitUntil(caches.open(STATIC).then((cache) => cache.addAll(SHELL)).then(() => skipWaiting()));
});

addEventListener("activate", (event) => {
  const isOld = (name) => name.startsWith("static-") && name !== STATIC;
  event.waitUntil(caches.keys().then((names) => Promise.all(names.filter(isOld).map((name) => caches.delete(name)))).then(() => clients.claim()));
});

addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname.startsWith("/assets/")) event.respondWith(asset(request, url));
  else if (request.mode === "navigate") event.respondWith(page(request, url));
  else if (AHEAD.test(url.pathname)) event.respondWith(ahead(request, url));
});

// A page that was kept before the last build names files that are gone: the present ones of the same name do.
async function asset(request, url) {
  const kept = await caches.match(request);
  if (kept) return kept;
  const answer = await fetch(request).catch(() => null);
  const name = url.pathname.replace(/^\/assets\/[^/]+\//, "");
  return answer ?? (await caches.match(assets(name))) ?? Response.error();
}

/** The network within PATIENCE, or nothing. */
async function inTime(request) {
  const late = new Promise((wake) => setTimeout(wake, PATIENCE, null));
  return Promise.race([fetch(request).catch(() => null), late]);
}

async function page(request, url) {
  const kept = await caches.open(KEPT);
  const old = PAGES.test(url.pathname) ? await kept.match(url.pathname) : undefined;
  // Where there is nothing to fall back to, waiting is all one can do.
  const answer = await (old ? inTime(request) : fetch(request).catch(() => null));
  if (answer) {
    if (answer.ok && !answer.redirected && PAGES.test(url.pathname)) await kept.put(url.pathname, answer.clone());
    return answer;
  }
  return old ?? (await caches.match("/offline")) ?? Response.error();
}

// The page asks for the few cards that it needs next; what is kept is the long list that offline.js fetched.
async function ahead(request, url) {
  const answer = await inTime(request);
  const kept = await caches.open(KEPT);
  if (answer) {
    if (answer.ok && url.searchParams.has("keep")) await kept.put(url.pathname, answer.clone());
    return answer;
  }
  return (await kept.match(url.pathname)) ?? Response.error();
}
