// The main job in a real browser: a topic, its first card, answers, undo, with keys, with plain forms, and off line.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { startApp } from "./app.js";
import { launch } from "./browser.js";

let app, browser, context, page;

before(async () => { app = await startApp(); browser = await launch(); });
after(async () => { await browser?.close(); await app?.stop(); });
beforeEach(async () => { await open(); });
afterEach(() => context.close());

async function open(options = {}) {
  await context?.close();
  context = await browser.newContext({ baseURL: app.base, ...options });
  page = await context.newPage();
  page.on("pageerror", (error) => assert.fail(error));
}

const card = () => page.locator(".desk > .play[data-card]");
const question = () => card().locator("[data-question]");
const answer = () => card().locator("[data-answer]");

async function begin(topic) {
  await page.goto("/");
  await page.locator("#topic:focus").waitFor();
  await page.keyboard.type(topic);
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/decks\/[^/]+\/study/);
}

/** The first card; without script the page asks again by itself. */
async function firstCard(topic) {
  await begin(topic);
  await card().waitFor({ timeout: 20_000 });
}

const deckPath = () => new URL(page.url()).pathname.replace(/\/study$/, "");

async function api(path, options) {
  const answer = await context.request.fetch(`/api/v1${path}`, options);
  assert.ok(answer.ok(), `${path}: ${answer.status()}`);
  return answer.json();
}

/** The cards of the deck on the page that have been answered, once `count` have; by asking a bounded number of times. */
async function answered(count) {
  for (let tries = 0; ; tries++) {
    const { items } = await api(`${deckPath()}/cards?limit=200`);
    const graded = items.filter(({ reps, state }) => reps > 0 || state !== "new");
    if (graded.length === count) return graded;
    assert.ok(tries < 100, `${graded.length} cards were answered, not ${count}`);
    await page.waitForTimeout(50);
  }
}

async function gradeByKey(key) {
  const old = await card().getAttribute("data-card");
  await page.keyboard.press("Space");
  await answer().waitFor();
  await page.keyboard.press(key);
  await page.waitForFunction((id) => document.querySelector(".desk > .play")?.dataset.card !== id, old);
  await card().waitFor({ timeout: 20_000 });
}

test("from a topic to the next card by keyboard alone", async () => {
  await firstCard("French history");
  assert.ok((await question().innerText()).trim().length > 10);
  assert.equal(await answer().isVisible(), false);
  await page.keyboard.press("Space");
  await answer().waitFor();
  assert.deepEqual(await card().locator(".grade .label").allInnerTexts(), ["Didn’t know", "Knew it", "Too easy"]);
  for (const interval of await card().locator(".when [aria-hidden]").allInnerTexts()) assert.match(interval, /^[\d.]+\s(min|h|d|mo|y)$/);
  const first = await question().innerText();
  await page.keyboard.press("2");
  await page.waitForFunction((old) => document.querySelector(".desk > .play [data-question]").innerText !== old, first);
  await answered(1);
  for (const key of ["1", "3", "2"]) await gradeByKey(key);
  await answered(4);
});

test("the deck does not end: more cards are written while one studies", async () => {
  await firstCard("Knots");
  const seen = [];
  for (let cards = 0; cards < 25; cards++) {
    seen.push(await card().getAttribute("data-card"));
    await gradeByKey("3");
  }
  assert.equal(new Set(seen).size, 25, `a card came twice: ${seen.join(" ")}`);
  await answered(25);
});

test("from a topic to the next card by plain forms, without script", async () => {
  await open({ javaScriptEnabled: false });
  await page.goto("/");
  await page.getByLabel("What do you want to know?").fill("Volcanoes");
  await page.getByRole("button", { name: "Start" }).click();
  await card().waitFor({ timeout: 20_000 });
  const first = await question().innerText();
  assert.equal(await answer().isVisible(), false);
  await page.getByRole("button", { name: "Show answer" }).click();
  assert.equal(await question().innerText(), first);
  assert.ok((await answer().innerText()).trim());
  await page.getByRole("button", { name: "Knew it" }).click();
  await card().waitFor();
  assert.notEqual(await question().innerText(), first);
  await answered(1);
  await page.getByRole("button", { name: "Undo" }).click();
  assert.equal(await question().innerText(), first);
  await answered(0);
});

test("a form sent twice counts once, and the second is told so or taken as the first", async () => {
  await open({ javaScriptEnabled: false });
  await page.goto("/");
  await page.getByLabel("What do you want to know?").fill("Bridges");
  await page.getByRole("button", { name: "Start" }).click();
  await card().waitFor({ timeout: 20_000 });
  const path = deckPath();
  await page.goto(`${path}/study?show=answer`);
  const form = await card().locator("[data-grades]").evaluate((form) => ({ action: new URL(form.action).pathname, fields: Object.fromEntries(new FormData(form)) }));
  for (const rating of ["good", "good", "easy"]) {
    const sent = await context.request.post(form.action, { form: { ...form.fields, rating }, headers: { origin: app.base } });
    assert.equal(sent.status(), 200);
    if (rating === "easy") assert.match(await sent.text(), /that answer stands/);
  }
  const [graded] = await answered(1);
  assert.equal(graded.reps, 1);
});

test("undo takes back the answer and brings back the card", async () => {
  await firstCard("Trees");
  const first = await card().getAttribute("data-card");
  await gradeByKey("1");
  await answered(1);
  await page.keyboard.press("u");
  await page.waitForFunction((id) => document.querySelector(".desk > .play").dataset.card === id, first);
  await answered(0);
  assert.equal(await answer().isVisible(), false);
  await gradeByKey("2");
  const [graded] = await answered(1);
  assert.equal(graded.id, first);
  assert.equal(graded.reps, 1);
});

test("answers given off line are all sent when the network is back, each once", async () => {
  await firstCard("Clouds");
  // The page draws an edge for each card that is ready, when it has the next ones at hand.
  await page.waitForFunction(() => document.querySelectorAll("[data-edges] > i").length >= 3);
  const ids = [];
  await context.setOffline(true);
  for (let cards = 0; cards < 3; cards++) {
    ids.push(await card().getAttribute("data-card"));
    await page.keyboard.press("Space");
    await answer().waitFor();
    await page.keyboard.press("2");
  }
  await page.getByText("Out of reach").waitFor();
  await context.setOffline(false);
  const graded = await answered(3);
  assert.deepEqual(graded.map(({ id }) => id).sort(), ids.sort());
  assert.ok(graded.every(({ reps }) => reps === 1));
  await card().waitFor();
});

test("two devices that grade one card: one answer stands, and the other device is told", async () => {
  await firstCard("Rivers");
  const device = await browser.newContext({ storageState: await context.storageState() });
  const other = await device.newPage();
  await other.goto(page.url());
  await other.locator(".desk > .play[data-card]").waitFor();
  await gradeByKey("2");
  await answered(1);
  await other.keyboard.press("Space");
  await other.keyboard.press("1");
  await other.getByText("answered or changed elsewhere").waitFor();
  const [graded] = await answered(1);
  assert.equal(graded.reps, 1);
  await device.close();
});

test("the level is set by hand and the ruler follows", async () => {
  await firstCard("Castles");
  await page.locator(".level summary").click();
  await page.getByRole("button", { name: "7 advanced" }).click();
  await page.locator(".level .ruler.at-7").waitFor();
  assert.equal((await api(deckPath())).level, 7);
});

test("a card is edited, and its markup shown as text", async () => {
  await firstCard("Ships");
  const path = deckPath();
  await page.keyboard.press("e");
  await page.waitForURL(/\/cards\/[^/]+\/edit/);
  await page.getByLabel("Question").fill("What is <b>bold</b>, `x < y` and $\\frac{1}{2}$?");
  await page.getByLabel("Answer").fill("<script>globalThis.ran = true</script>\nsecond line");
  await page.getByRole("button", { name: "Save" }).click();
  await page.waitForURL(`**${path}/study`);
  // Who edited a card has seen its answer.
  await answer().waitFor();
  assert.match(await question().innerText(), /<b>bold<\/b>/);
  assert.equal(await question().locator("math mfrac").count(), 1);
  assert.equal(await question().locator("code").innerText(), "x < y");
  assert.match(await answer().innerText(), /<script>/);
  assert.equal(await answer().locator("br").count(), 1);
  assert.equal(await page.evaluate(() => globalThis.ran), undefined);
});

test("a card reported as wrong is not asked again", async () => {
  await firstCard("Stars");
  const first = await card().getAttribute("data-card");
  await page.keyboard.press("!");
  await page.waitForURL(/\/cards\/[^/]+\/report/);
  await page.getByLabel("The answer is wrong").check();
  await page.getByRole("button", { name: "Report" }).click();
  await card().waitFor();
  assert.notEqual(await card().getAttribute("data-card"), first);
  assert.equal((await api(`/cards/${first}`)).suspended, true);
});

test("a topic that is markup is a title like any other, and runs nowhere", async () => {
  const topic = `"><script>globalThis.ran = true</script><img src=x onerror="globalThis.ran = true">`;
  await firstCard(topic);
  for (const path of [new URL(page.url()).pathname, "/", "/decks", `${deckPath()}/cards`, `${deckPath()}/settings`, `${deckPath()}/delete`]) {
    await page.goto(path);
    assert.ok((await page.locator("main").innerText()).includes("<script>") || (await page.locator("#title").inputValue().catch(() => "")).includes("<script>"), path);
    assert.equal(await page.evaluate(() => globalThis.ran), undefined, path);
    assert.equal(await page.locator("img").count(), 0, path);
  }
});

test("a topic that cannot be one is refused with a sentence, and kept", async () => {
  for (const topic of ["", "   ", "x".repeat(10_000)]) {
    await page.goto("/");
    await page.getByLabel("What do you want to know?").fill(topic);
    const [answer] = await Promise.all([page.waitForResponse((response) => response.request().method() === "POST"), page.getByRole("button", { name: "Start" }).click()]);
    assert.equal(answer.status(), 422);
    assert.ok((await page.getByRole("alert").innerText()).length > 10);
    assert.equal(await page.getByLabel("What do you want to know?").inputValue(), topic);
  }
  assert.equal((await context.cookies()).some(({ name }) => name.endsWith("session")), false, "nobody was made a guest for it");
});

test("a right-to-left topic and one of signs are titles as typed", async () => {
  for (const topic of ["تاريخ فرنسا", "🦀 & C++"]) {
    await firstCard(topic);
    assert.equal(await page.locator("h1").innerText(), topic);
  }
});

test("settings are kept: four buttons, the hour and dark colours", async () => {
  await firstCard("Wine");
  const study = page.url();
  await page.goto("/settings");
  await page.getByLabel("Four: again, hard, good, easy").check();
  await page.getByLabel("A new day begins at").fill("2");
  await page.getByLabel("Dark").check();
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved.").waitFor();
  assert.equal(await page.locator("html").getAttribute("data-theme"), "dark");
  await page.getByLabel("Time zone").fill("Mars/Olympus");
  await page.getByRole("button", { name: "Save" }).click();
  assert.match(await page.getByRole("alert").innerText(), /time zone/);
  assert.equal(await page.getByLabel("Time zone").inputValue(), "Mars/Olympus");
  await page.goto(study);
  await page.keyboard.press("Space");
  assert.deepEqual(await card().locator(".grade .label").allInnerTexts(), ["Again", "Hard", "Good", "Easy"]);
  const me = await api("/me");
  assert.equal(me.buttons, 4);
  assert.equal(me.rollover_hour, 2);
});

test("a guest's day is that of their browser", async () => {
  await open({ timezoneId: "Asia/Tokyo" });
  await firstCard("Tea");
  assert.equal((await api("/me")).time_zone, "Asia/Tokyo");
});

test("a deck is renamed, paused and deleted after a question", async () => {
  await firstCard("Bees");
  const path = deckPath();
  await page.goto(`${path}/settings`);
  await page.getByLabel("Title").fill("Honey bees");
  await page.getByLabel("Pause").check();
  await page.getByRole("button", { name: "Save" }).click();
  await page.waitForURL(`**${path}/study`);
  assert.equal(await page.locator("h1").innerText(), "Honey bees");
  assert.equal((await api(path)).status, "paused");
  await page.goto(`${path}/delete`);
  await page.getByRole("button", { name: "Delete the deck" }).click();
  await page.waitForURL("**/decks");
  const gone = await page.goto(`${path}/study`);
  assert.equal(gone.status(), 404);
  await page.getByRole("link", { name: "My decks" }).first().waitFor();
});

test("cards are searched, written by hand and put aside", async () => {
  await firstCard("Chess");
  const path = deckPath();
  await page.goto(`${path}/cards/new`);
  await page.getByLabel("Question").fill("Which piece moves in an L?");
  await page.getByLabel("Answer").fill("The knight");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByLabel("Search the cards").fill("moves in an L");
  await page.getByRole("button", { name: "Search" }).click();
  const row = page.locator(".card-row");
  assert.equal(await row.count(), 1);
  await row.getByRole("button", { name: "Suspend" }).click();
  await page.locator(".card-row.off", { hasText: "moves in an L" }).waitFor();
});

test("somebody else's deck and card are not found", async () => {
  await firstCard("Music");
  const path = new URL(page.url()).pathname;
  const id = await card().getAttribute("data-card");
  await open();
  await firstCard("Dance");
  for (const address of [path, `${path}/ahead`, path.replace("study", "cards"), path.replace("study", "settings"), `/cards/${id}/edit`, `/cards/${id}/report`]) {
    assert.equal((await page.goto(address)).status(), 404, address);
  }
});

test("a form from another site is refused", async () => {
  await firstCard("Locks");
  const before = (await api("/decks")).items.length;
  const sent = await context.request.post("/decks", { form: { topic: "Forged" }, headers: { origin: "https://evil.example", "sec-fetch-site": "cross-site" } });
  assert.equal(sent.status(), 403);
  assert.equal((await api("/decks")).items.length, before);
});

test("scripts sent to the study page stay under 8 kB, fonts under 70 kB", async () => {
  const sizes = {};
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  const kinds = new Map();
  session.on("Network.responseReceived", ({ requestId, type }) => kinds.set(requestId, type));
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    const kind = kinds.get(requestId);
    sizes[kind] = (sizes[kind] ?? 0) + encodedDataLength;
  });
  await firstCard("Paper");
  await page.waitForLoadState("networkidle", { timeout: 3000 }).catch(() => {});
  assert.ok(sizes.Script > 0 && sizes.Script < 8192, `script: ${sizes.Script} bytes`);
  assert.ok((sizes.Font ?? 0) < 70_000, `fonts: ${sizes.Font} bytes`);
});
