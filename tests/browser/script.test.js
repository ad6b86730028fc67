// The study script against the preview's deck in memory: what it does by itself when the network comes and goes.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { launch } from "./browser.js";

let browser, context, page, preview, base;

before(async () => { browser = await launch(); });
after(() => browser.close());

beforeEach(async () => {
  preview = spawn(new URL("../../target/debug/examples/preview", import.meta.url).pathname, ["0"], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(preview.stdout, "data");
  base = String(line).trim();
  context = await browser.newContext();
  page = await context.newPage();
  page.on("pageerror", (error) => { throw error; });
  await page.goto(`${base}/play/study`);
});

afterEach(async () => {
  await context.close();
  preview.kill();
});

const question = () => page.locator(".desk > .play [data-question]");
const log = async () => (await fetch(`${base}/play/log`)).json();

async function answered(count) {
  for (let tries = 0; tries < 100; tries++) {
    const reviews = await log();
    if (reviews.length === count) return reviews;
    await page.waitForTimeout(50);
  }
  assert.fail(`${(await log()).length} answers arrived, not ${count}`);
}

test("a deck is studied by keyboard alone and ends in words", async () => {
  assert.match(await question().textContent(), /Estates-General/);
  for (const press of ["2", "1", "3", " ", "2", "2"]) {
    const before = await question().textContent();
    await page.keyboard.press(press);
    assert.equal(await question().textContent(), before, `${press} before the answer is shown (or showing it) grades nothing`);
    if (press !== " ") await page.keyboard.press("Space");
    await page.locator("[data-grades]:not([hidden])").waitFor();
    await page.keyboard.press(press === " " ? "Space" : press);
    await page.waitForFunction((old) => document.querySelector(".desk > .play [data-question]").textContent !== old, before);
  }
  // The next card is painted before an answer has arrived, so they are read when all have.
  const reviews = await answered(6);
  assert.equal(new Set(reviews.map(({ card }) => card)).size, 6);
  assert.deepEqual(reviews.map(({ rating }) => rating), ["good", "again", "easy", "good", "good", "good"]);
  assert.ok(reviews.every(({ duration_ms, revision }) => duration_ms >= 0 && revision === 0));
  await page.getByText("Done for now").waitFor();
});

test("the next card is painted before the answer has arrived", async () => {
  let letThrough;
  const held = new Promise((resolve) => { letThrough = resolve; });
  await page.route("**/reviews", async (route) => { await held; await route.continue(); });
  await page.keyboard.press("Space");
  await page.keyboard.press("2");
  assert.doesNotMatch(await question().textContent(), /Estates-General/);
  assert.equal((await log()).length, 0);
  assert.equal(await page.evaluate(() => document.activeElement?.matches("[data-question]")), true, "focus is on the new question");
  letThrough();
  await answered(1);
});

test("answers given without a network are sent when it is back, once each", async () => {
  await context.setOffline(true);
  for (let card = 0; card < 3; card++) {
    await page.keyboard.press("Space");
    await page.keyboard.press("2");
  }
  await page.getByText("Out of reach").waitFor();
  assert.equal((await log()).length, 0);
  await context.setOffline(false);
  const reviews = await answered(3);
  assert.equal(new Set(reviews.map(({ id }) => id)).size, 3);
});

test("an answer that was counted but not confirmed is sent again and counted once", async () => {
  let lost = 0;
  await page.route("**/reviews", async (route) => {
    if (lost++ > 0) return route.continue();
    await route.fetch();
    return route.abort("connectionreset");
  });
  await page.keyboard.press("Space");
  await page.keyboard.press("2");
  await page.waitForFunction(() => Object.keys(localStorage).filter((key) => key.startsWith("autodeck.review.")).length === 0 && performance.now() > 0, null, { timeout: 10_000 });
  await answered(1);
  assert.ok(lost >= 2);
});

for (const hasArrived of [true, false]) {
  test(`an answer that nobody confirmed and that ${hasArrived ? "has" : "has not"} arrived is taken back without a connection`, async () => {
    let isDown = true;
    await page.route(/\/(reviews|undo)$/, async (route) => {
      if (!isDown) return route.continue();
      if (hasArrived && route.request().url().endsWith("/reviews")) await route.fetch();
      return route.abort("connectionreset");
    });
    const isBack = () => page.waitForFunction(() => document.querySelector(".desk > .play [data-question]").textContent.includes("Estates-General"));
    await page.keyboard.press("Space");
    await page.keyboard.press("1");
    await page.keyboard.press("u");
    await isBack();
    // Answered anew before the first answer and its end are through: only the new one counts.
    await page.keyboard.press("Space");
    await page.keyboard.press("2");
    isDown = false;
    await page.waitForFunction(() => !Object.keys(localStorage).some((key) => key.startsWith("autodeck.review.")), null, { timeout: 20_000 });
    const [review] = await answered(1);
    assert.equal(review.rating, "good");
    assert.equal(review.revision, undefined, "the revision that was seen is not the server's");
    // And once more, with nothing in between: then none counts.
    await page.keyboard.press("u");
    await isBack();
    await answered(0);
  });
}

test("answers survive the closing of the page", async () => {
  await page.route("**/reviews", (route) => route.abort());
  await page.keyboard.press("Space");
  await page.keyboard.press("3");
  await page.waitForFunction(() => Object.keys(localStorage).filter((key) => key.startsWith("autodeck.review.")).length === 1);
  await page.close();
  page = await context.newPage();
  await page.goto(`${base}/home`);
  const [review] = await answered(1);
  assert.equal(review.rating, "easy");
});

test("a card answered elsewhere is dropped with a sentence and not asked again", async () => {
  const card = await page.locator(".desk > .play").getAttribute("data-card");
  await fetch(`${base}/api/v1/cards/${card}/reviews`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ id: "other", rating: "again" }) });
  await page.keyboard.press("Space");
  await page.keyboard.press("2");
  await page.getByText("answered or changed elsewhere").waitFor();
  assert.equal((await log()).length, 1);
  assert.equal(await page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith("autodeck.review.")).length), 0);
});

test("undo brings the card back and a new answer counts anew", async () => {
  await page.keyboard.press("Space");
  await page.keyboard.press("1");
  await answered(1);
  await page.keyboard.press("u");
  await page.waitForFunction(() => document.querySelector(".desk > .play [data-question]").textContent.includes("Estates-General"));
  assert.equal(await page.locator("[data-answer]").first().isVisible(), false);
  await answered(0);
  await page.keyboard.press("Space");
  await page.keyboard.press("2");
  const [review] = await answered(1);
  assert.equal(review.rating, "good");
  assert.equal(review.revision, 2);
});

test("nothing moves: the layout shift of a whole session is zero", async () => {
  await page.evaluate(() => {
    globalThis.shift = 0;
    new PerformanceObserver((list) => { for (const entry of list.getEntries()) if (!entry.hadRecentInput) globalThis.shift += entry.value; }).observe({ type: "layout-shift", buffered: true });
  });
  for (let card = 0; card < 4; card++) {
    await page.keyboard.press("Space");
    await page.keyboard.press("2");
    await answered(card + 1);
  }
  await page.waitForTimeout(700);
  assert.equal(await page.evaluate(() => globalThis.shift), 0);
});

test("the list of keys opens with a question mark and closes with Escape", async () => {
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keys" }).waitFor();
  await page.keyboard.press("2");
  await page.keyboard.press("Escape");
  assert.equal(await page.locator("dialog[open]").count(), 0);
});
