// The device as a place to study without a connection: starts the service worker, keeps cards of the deck at hand, and
// forgets the learner's pages when nobody is signed in.
const KEPT = "kept";
// Cards kept of a deck: an hour's worth at an unhurried pace is more than the server gives at once.
const KEEP = 20;
// How often the kept list is renewed while one studies, in milliseconds.
const RENEW = 60_000;

const body = document.body;
const isSignedIn = body.hasAttribute("data-signed-in");

async function forget() {
  if ("caches" in self) await caches.delete(KEPT);
}

async function start() {
  // Browsers give service workers to https and to this very machine only.
  if (!("serviceWorker" in navigator) || !isSecureContext) return;
  if (!isSignedIn) await forget();
  await navigator.serviceWorker.register(body.dataset.worker, { scope: "/" }).catch(() => null);
}

async function keepCards(base) {
  if (!navigator.serviceWorker?.controller || document.hidden || !navigator.onLine) return;
  await fetch(`${base}/study/ahead?n=${KEEP}&keep=1`, { cache: "no-store" }).catch(() => null);
}

await start();
const desk = document.querySelector("[data-base]");
if (desk && isSignedIn && "serviceWorker" in navigator) {
  const { base } = desk.dataset;
  // After the page is painted and its own requests are through.
  const soon = self.requestIdleCallback ?? ((work) => setTimeout(work, 1000));
  navigator.serviceWorker.ready.then(() => soon(() => keepCards(base))).catch(() => {});
  setInterval(() => keepCards(base), RENEW);
}

// The page of last resort lists what is at hand.
const list = document.querySelector("[data-kept]");
if (list && "caches" in self) {
  const kept = await caches.open(KEPT);
  for (const { url } of await kept.keys()) {
    const { pathname } = new URL(url);
    if (!/\/study$/.test(pathname)) continue;
    const page = new DOMParser().parseFromString(await (await kept.match(url)).text(), "text/html");
    const link = Object.assign(document.createElement("a"), { href: pathname, textContent: page.querySelector("h1")?.textContent?.trim() || pathname, dir: "auto", className: "deck-link" });
    const item = document.createElement("li");
    item.append(link);
    list.append(item);
  }
  if (list.children.length) document.querySelector("[data-none]").hidden = true;
}
