// Without a connection: what was at hand is studied, on two devices, and every answer arrives once. And the other hands on
// the desk: swipes, chosen cards, a voice.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { startApp } from "./app.js";
import { launch } from "./browser.js";

let app, browser;
const contexts = [];

before(async () => { app = await startApp(); browser = await launch(); });
after(async () => { await browser?.close(); await app?.stop(); });
afterEach(async () => { for (const context of contexts.splice(0)) await context.close(); });

async function device(options = {}) {
  const context = await browser.newContext({ baseURL: app.base, ...options });
  contexts.push(context);
  const page = await context.newPage();
  page.on("pageerror", (error) => assert.fail(error));
  return { context, page };
}

const card = (page) => page.locator(".desk > .play[data-card]");

async function begin(page, topic) {
  await page.goto("/");
  await page.locator("#topic").fill(topic);
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/study/);
  await card(page).waitFor({ timeout: 20_000 });
  // The card is there before the script is: a key pressed by then would press nothing.
  await page.waitForLoadState("load");
  return new URL(page.url()).pathname;
}

/** Waits until the service worker has the deck's page and its cards. */
async function keep(page, path) {
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.goto(path);
  await card(page).waitFor();
  await page.waitForFunction(async (path) => {
    const kept = await caches.open("kept");
    return navigator.serviceWorker.controller && await kept.match(path) && await kept.match(`${path}/ahead`);
  }, path);
}

async function grade(page, key) {
  const old = await card(page).getAttribute("data-card");
  await page.keyboard.press("Space");
  await card(page).locator("[data-answer]").waitFor();
  await page.keyboard.press(key);
  await page.waitForFunction((id) => document.querySelector(".desk > .play")?.dataset.card !== id, old);
  return old;
}

async function cards(context, path) {
  const answer = await context.request.get(`/api/v1${path.replace(/\/study$/, "")}/cards?limit=200`);
  return (await answer.json()).items;
}

/** The sum of all cards' answers, once it is `wanted`; bounded. */
async function answers(context, path, wanted) {
  for (let tries = 0; ; tries++) {
    const sum = (await cards(context, path)).reduce((sum, { reps }) => sum + reps, 0);
    if (sum === wanted) return sum;
    assert.ok(tries < 100, `${sum} answers arrived, not ${wanted}`);
    await new Promise((wake) => setTimeout(wake, 100));
  }
}

const unsent = (page) => page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith("autodeck.review.")).length);

test("a deck is studied without a connection, over a reload, and each answer arrives once", async () => {
  const { context, page } = await device();
  const path = await begin(page, "Lighthouses");
  await keep(page, path);
  const known = new Set();
  await context.setOffline(true);
  for (let count = 0; count < 3; count++) known.add(await grade(page, "3"));
  await page.reload();
  await card(page).waitFor();
  for (let count = 0; count < 3; count++) known.add(await grade(page, "3"));
  assert.equal(known.size, 6, "no card came twice");
  assert.equal(await unsent(page), 6);
  await page.goto("/settings");
  assert.match(await page.locator("h1").innerText(), /No connection/);
  // What is at hand is listed, as soon as the script has read it.
  await page.getByRole("link", { name: "Lighthouses" }).waitFor();
  await context.setOffline(false);
  await page.goto(path);
  await answers(context, path, 6);
  await page.waitForFunction(() => !Object.keys(localStorage).some((key) => key.startsWith("autodeck.review.")));
  assert.ok((await cards(context, path)).every(({ reps }) => reps <= 1), "nothing was doubled");
});

test("what is kept has its style and script without a connection, after a new build too", async () => {
  const { context, page } = await device();
  const path = await begin(page, "Windmills");
  await keep(page, path);
  const looksRight = () => page.evaluate(() => [...document.querySelectorAll("link[rel=stylesheet]")].every(({ sheet }) => sheet?.cssRules.length > 0));
  for (const build of ["this one", "an older one"]) {
    for (const kept of ["/decks", path]) {
      await context.setOffline(false);
      await page.goto(kept);
      // What an older build served names its own files.
      if (build === "an older one") {
        await page.evaluate(async () => {
          const kept = await caches.open("kept");
          for (const request of await kept.keys()) {
            const text = await (await kept.match(request)).text();
            await kept.put(request, new Response(text.replaceAll(/\/assets\/[0-9a-f]{12}\//g, "/assets/000000000000/"), { headers: { "content-type": "text/html; charset=utf-8" } }));
          }
        });
      }
      await context.setOffline(true);
      await page.goto(kept);
      await page.waitForLoadState("load");
      assert.equal(await looksRight(), true, `${kept} of ${build}`);
    }
    assert.equal(await page.locator("link[href*='000000000000']").count() > 0, build === "an older one");
    await page.getByText("No connection").waitFor();
    await grade(page, "3");
  }
});

test("an answer that was given without a connection is taken back without one", async () => {
  const { context, page } = await device();
  const path = await begin(page, "Bridges");
  await keep(page, path);
  await context.setOffline(true);
  const first = await grade(page, "3");
  const second = await grade(page, "2");
  for (const id of [second, first]) {
    await page.keyboard.press("u");
    await page.waitForFunction((id) => document.querySelector(".desk > .play").dataset.card === id, id);
  }
  assert.equal(await unsent(page), 0);
  await grade(page, "1");
  await context.setOffline(false);
  await answers(context, path, 1);
  const [answered] = (await cards(context, path)).filter(({ reps }) => reps);
  assert.equal(answered.id, first);
});

test("two devices answer without a connection, and both their answers count", async () => {
  const one = await device();
  const path = await begin(one.page, "Knots");
  const other = await device({ storageState: await one.context.storageState() });
  await other.page.goto(path);
  await card(other.page).waitFor();
  await keep(one.page, path);
  await keep(other.page, path);
  await one.context.setOffline(true);
  await other.context.setOffline(true);
  const first = [await grade(one.page, "3"), await grade(one.page, "2")];
  const second = [await grade(other.page, "2"), await grade(other.page, "3"), await grade(other.page, "3")];
  assert.equal(first[0], second[0], "both had the same card on the desk");
  // Let the first attempt fail on both, as it does away from a network.
  for (const { page } of [one, other]) await page.waitForFunction(() => document.querySelector("p[data-word]").textContent.includes("kept on this device"));
  await one.context.setOffline(false);
  await answers(one.context, path, 2);
  await other.context.setOffline(false);
  await answers(other.context, path, 5);
  // The queue is sent once more, as after a crash between the answer and its removal: nothing is counted twice.
  assert.equal(await unsent(one.page) + await unsent(other.page), 0);
});

test("two tabs without a connection: what one answered, the other does not count again", async () => {
  const { context, page } = await device();
  const path = await begin(page, "Canals");
  await keep(page, path);
  const other = await context.newPage();
  await other.goto(path);
  await card(other).waitFor();
  await other.waitForLoadState("load");
  await context.setOffline(true);
  const first = await card(other).getAttribute("data-card");
  // The event of the other tab may be on its way still when a button is pressed: here it does not come at all.
  const deaf = await context.newPage();
  await deaf.addInitScript(() => addEventListener("storage", (event) => event.stopImmediatePropagation()));
  await deaf.goto(path);
  await card(deaf).waitFor();
  await deaf.waitForLoadState("load");
  assert.equal(await card(deaf).getAttribute("data-card"), first, "both tabs have the same card on the desk");
  assert.equal(await grade(page, "3"), first);
  const second = await grade(page, "3");
  await other.waitForFunction((ids) => !ids.includes(document.querySelector(".desk > .play")?.dataset.card), [first, second]);
  assert.match(await other.locator("p[data-word]").innerText(), /answered this card in another tab/);
  await deaf.keyboard.press("Space");
  await deaf.keyboard.press("2");
  await deaf.waitForFunction((ids) => !ids.includes(document.querySelector(".desk > .play")?.dataset.card), [first, second]);
  assert.match(await deaf.locator("p[data-word]").innerText(), /answered this card in another tab/);
  assert.equal(await unsent(page), 2);
  await context.setOffline(false);
  await answers(context, path, 2);
});

test("a session that ended and a card that is gone are said, and the other answers arrive", async () => {
  const { context, page } = await device();
  const path = await begin(page, "Bridges");
  await card(page).waitFor();
  const gone = await card(page).getAttribute("data-card");
  await context.request.delete(`/api/v1/cards/${gone}`);
  await grade(page, "3");
  await page.waitForFunction(() => document.querySelector("p[data-word]").textContent.includes("no longer there"));
  await grade(page, "3");
  await answers(context, path, 1);
  const cookies = await context.cookies();
  await context.clearCookies();
  await grade(page, "3");
  await page.waitForFunction(() => document.querySelector("p[data-word]").textContent.includes("session has ended"));
  assert.equal(await unsent(page), 1, "the answer is kept");
  await context.addCookies(cookies);
  await page.goto(path);
  await answers(context, path, 2);
});

test("a swipe on a phone shows the answer and then grades", async () => {
  const { context, page } = await device({ viewport: { width: 390, height: 800 }, isMobile: true, hasTouch: true });
  const path = await begin(page, "Harbours");
  const swipe = async (from, to) => {
    const client = await context.newCDPSession(page);
    const box = await page.locator(".desk .card").first().boundingBox();
    const y = box.y + 60;
    await client.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [{ x: from, y }] });
    for (const share of [0.3, 0.6, 1]) await client.send("Input.dispatchTouchEvent", { type: "touchMove", touchPoints: [{ x: from + (to - from) * share, y }] });
    await client.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
  };
  const first = await card(page).getAttribute("data-card");
  await swipe(80, 300);
  await card(page).locator("[data-answer]").waitFor();
  await swipe(80, 300);
  await page.waitForFunction((id) => document.querySelector(".desk > .play")?.dataset.card !== id, first);
  await answers(context, path, 1);
  const graded = (await cards(context, path)).find(({ id }) => id === first);
  assert.equal(graded.lapses, 0);
  assert.equal(graded.state, "learning");
  for (const button of await page.locator("[data-reveal] button").all()) assert.ok((await button.boundingBox()).height >= 44);
});

test("cards are ticked by a stretch, tagged, and found by their tag", async () => {
  const { page } = await device();
  const path = await begin(page, "Ferries");
  const picks = page.locator("[data-pick]");
  // The study page has the next cards dealt behind the first one.
  for (let tries = 0; (await picks.count()) < 3; tries++) {
    assert.ok(tries < 100, "three cards are dealt");
    await page.waitForTimeout(100);
    await page.goto(path.replace(/study$/, "cards"));
  }
  await picks.nth(0).click();
  await picks.nth(2).click({ modifiers: ["Shift"] });
  assert.match(await page.locator("[data-chosen]").innerText(), /With the 3 chosen cards/);
  await page.getByLabel("Tag", { exact: true }).last().fill("🦀");
  await page.getByRole("button", { name: "Add" }).click();
  assert.match(await page.locator(".saved").innerText(), /3 cards tagged/);
  await page.locator(".row-tag").first().click();
  assert.equal(await page.locator(".card-row").count(), 3);
});

test("the app can be installed: a manifest with icons that load, and a worker that rules the whole site", async () => {
  const { page } = await device();
  await page.goto("/");
  const manifest = await (await page.request.get("/manifest.webmanifest")).json();
  assert.equal(manifest.scope, "/");
  for (const { src } of manifest.icons) {
    const icon = await page.request.get(src);
    assert.ok(icon.ok() && /^image\//.test(icon.headers()["content-type"]), src);
  }
  const scope = await page.evaluate(async () => (await navigator.serviceWorker.ready).scope);
  assert.equal(scope, `${app.base}/`);
});
