// The study room in a real browser: actions by key and their undo, one's own cards, cram, a card's page, the study prompt.
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

async function firstCard(topic) {
  await page.goto("/");
  await page.getByLabel("What do you want to know?").fill(topic);
  await page.getByRole("button", { name: "Start" }).click();
  await card().waitFor({ timeout: 20_000 });
  // The card is there before the script is: a key pressed by then would press nothing.
  await page.waitForLoadState("load");
}

const deckPath = () => new URL(page.url()).pathname.replace(/\/study$/, "");

async function api(path, options) {
  const answer = await context.request.fetch(`/api/v1${path}`, options);
  assert.ok(answer.ok(), `${path}: ${answer.status()}`);
  return answer.json();
}

/** Asks a bounded number of times until `right` says so. */
async function until(path, right) {
  for (let tries = 0; ; tries++) {
    const found = await context.request.fetch(`/api/v1${path}`);
    if (right(found.ok() ? await found.json() : null)) return;
    assert.ok(tries < 100, `${path} never came right`);
    await page.waitForTimeout(50);
  }
}

const isOnDesk = (id) => page.waitForFunction((id) => document.querySelector(".desk > .play")?.dataset.card === id, id);

test("bury, suspend and delete take the card away at once, and undo brings each back", async () => {
  await firstCard("Bells");
  for (const [key, gone] of [
    ["b", (found) => found?.buried_until !== null],
    ["s", (found) => found?.suspended],
    ["Delete", (found) => found === null],
  ]) {
    const id = await card().getAttribute("data-card");
    await page.keyboard.press(key);
    await page.waitForFunction((id) => document.querySelector(".desk > .play")?.dataset.card !== id, id);
    await until(`/cards/${id}`, gone);
    await page.keyboard.press("u");
    await isOnDesk(id);
    await until(`/cards/${id}`, (found) => found && !found.suspended && found.buried_until === null);
  }
});

test("a flag is set and taken off by key, and the card can be graded after it", async () => {
  await firstCard("Flags");
  const id = await card().getAttribute("data-card");
  await page.keyboard.press("f");
  await until(`/cards/${id}`, (found) => found.flagged);
  await page.keyboard.press("f");
  await until(`/cards/${id}`, (found) => !found.flagged);
  await page.keyboard.press("Space");
  await page.keyboard.press("2");
  await until(`/cards/${id}`, (found) => found.reps === 1);
});

test("the same by plain forms, without script", async () => {
  await open({ javaScriptEnabled: false });
  await firstCard("Looms");
  const id = await card().getAttribute("data-card");
  await page.getByText("Card", { exact: true }).click();
  await page.getByRole("button", { name: "Bury till tomorrow" }).click();
  await card().waitFor();
  assert.notEqual(await card().getAttribute("data-card"), id);
  await page.getByRole("button", { name: "Undo" }).click();
  assert.equal(await card().getAttribute("data-card"), id);
});

test("a card that was deleted or put aside elsewhere leaves the desk when the tab is looked at again", async () => {
  await firstCard("Anvils");
  for (const request of [{ method: "DELETE" }, { method: "PATCH", data: { suspended: true } }]) {
    const id = await card().getAttribute("data-card");
    assert.ok((await context.request.fetch(`/api/v1/cards/${id}`, request)).ok());
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange", { bubbles: true })));
    await page.waitForFunction((id) => document.querySelector(".desk > .play")?.dataset.card !== id, id);
    await page.getByText("That card is no longer there.").waitFor();
  }
});

test("from a card's pages the way leads back to its answer, and a card of one's own is a key away", async () => {
  await firstCard("Kilns");
  const id = await card().getAttribute("data-card");
  await page.keyboard.press("Space");
  await page.keyboard.press("e");
  await page.waitForURL(/\/edit/);
  await page.getByRole("button", { name: /^Save/ }).click();
  await card().locator("[data-answer]").waitFor();
  assert.equal(await card().getAttribute("data-card"), id);
  await page.waitForLoadState("load");
  assert.equal(new URL(page.url()).search, "", "the next card does not come with its answer when the page is opened anew");
  await page.keyboard.press("a");
  await page.waitForURL(/\/cards\/new/);
  await page.getByLabel("Question").fill("What is fired twice?");
  await page.getByLabel("Answer").fill("Glazed ware");
  await page.keyboard.press("Control+Enter");
  await card().waitFor();
  assert.equal(await card().locator("[data-answer]").isHidden(), true);
  await page.waitForLoadState("load");
  await page.getByText("Card", { exact: true }).click();
  await page.keyboard.press("Escape");
  assert.equal(await page.locator("details.more").getAttribute("open"), null);
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Card");
});

test("a card of one's own has Markdown, code in colours and clozes, and is looked at before it is saved", async () => {
  await firstCard("Cities");
  const path = deckPath();
  await page.goto(`${path}/cards/new`);
  await page.getByLabel("Question").fill("**{{c1::Paris::city}}** lies on the {{c2::Seine}}.\n\n<script>globalThis.ran = true</script>");
  await page.getByLabel("Explanation").fill("```rust\nlet a = 1; // one\n```");
  await page.getByLabel("Tags").fill("🦀, geography");
  await page.getByRole("button", { name: "Preview" }).click();
  assert.deepEqual(await page.locator(".preview .row-question mark.cloze").allInnerTexts(), ["[city]", "[…]"]);
  assert.ok(await page.locator(".preview .hl-comment").count());
  await page.getByRole("button", { name: "Save" }).click();
  await page.waitForURL(`**${path}/cards`);
  const { items } = await api(`${path}/cards?q=lies%20on`);
  assert.deepEqual(items.map(({ cloze }) => cloze), [1, 2]);
  assert.deepEqual(items[0].tags, ["geography", "🦀"]);
  assert.equal(await page.evaluate(() => globalThis.ran), undefined);
});

test("two tabs that edit one card: the second is told what the first wrote, and loses nothing", async () => {
  await firstCard("Bread");
  const id = await card().getAttribute("data-card");
  const other = await context.newPage();
  await other.goto(`/cards/${id}/edit`);
  await page.goto(`/cards/${id}/edit`);
  await page.getByLabel("Question").fill("From the first tab?");
  await page.getByRole("button", { name: "Save" }).click();
  await card().waitFor();
  await other.getByLabel("Question").fill("From the second tab?");
  await other.getByRole("button", { name: "Save" }).click();
  assert.match(await other.getByRole("alert").innerText(), /From the first tab\?/);
  assert.equal(await other.getByLabel("Question").inputValue(), "From the second tab?");
  await other.getByRole("button", { name: "Save" }).click();
  await until(`/cards/${id}`, (found) => found.question === "From the second tab?");
});

test("a text of 100 KB is refused with a sentence and kept", async () => {
  await firstCard("Salt");
  await page.goto(`${deckPath()}/cards/new`);
  await page.getByLabel("Question").fill("x".repeat(100_000));
  await page.getByLabel("Answer").fill("y");
  await page.getByRole("button", { name: "Save" }).click();
  assert.match(await page.getByRole("alert").innerText(), /longer than 20000/);
  assert.equal((await page.getByLabel("Question").inputValue()).length, 100_000);
});

test("a card's page has its history, its curve, a due date and a reset", async () => {
  await firstCard("Glass");
  const id = await card().getAttribute("data-card");
  await page.keyboard.press("Space");
  await page.keyboard.press("3");
  await until(`/cards/${id}`, (found) => found.reps === 1);
  await page.goto(`/cards/${id}`);
  assert.equal(await page.locator("table.history tbody tr").count(), 1);
  assert.match(await page.locator(".curve path.ahead").getAttribute("d"), /^M/);
  await page.getByLabel("Ask it again on").fill("2099-01-01");
  await page.getByRole("button", { name: "Set the date" }).click();
  await until(`/cards/${id}`, (found) => found.due_at.startsWith("2099-01-01"));
  await page.getByRole("button", { name: "Reset to new" }).click();
  await until(`/cards/${id}`, (found) => found.state === "new");
  await page.getByRole("button", { name: "Undo the last change" }).click();
  await until(`/cards/${id}`, (found) => found.state === "review");
});

test("cram goes through the cards until each was known, and leaves them as they are", async () => {
  await firstCard("Ropes");
  const id = await card().getAttribute("data-card");
  await page.keyboard.press("Space");
  await page.keyboard.press("1");
  await until(`/cards/${id}`, (found) => found.reps === 1);
  const before = await api(`/cards/${id}`);
  await page.goto("/cram");
  await page.getByLabel("Not known in the last three days").check();
  await page.getByRole("button", { name: "Begin" }).click();
  for (const key of ["1", "2"]) {
    await page.getByRole("button", { name: "Show answer" }).waitFor();
    await page.keyboard.press("Space");
    await page.getByRole("button", { name: "Knew it" }).waitFor();
    await page.keyboard.press(key);
  }
  await page.getByText("You knew them all").waitFor();
  assert.deepEqual(await api(`/cards/${id}`), before);
});

test("a deck's limits, order and language are settings, with a forecast in a sentence", async () => {
  await firstCard("Ice");
  const path = deckPath();
  await page.goto(`${path}/settings`);
  await page.getByLabel("New cards at most").fill("12");
  await page.getByLabel("Reviews first").check();
  await page.getByLabel("Language of new cards").fill("nonsense tag");
  await page.getByRole("button", { name: "Save" }).click();
  assert.match(await page.getByRole("alert").innerText(), /language tag/);
  assert.equal(await page.getByLabel("New cards at most").inputValue(), "12");
  await page.getByLabel("Language of new cards").fill("de");
  await page.getByRole("button", { name: "Save" }).click();
  await page.waitForURL(`**${path}/study`);
  const deck = await api(path);
  assert.deepEqual([deck.new_per_day, deck.new_order, deck.language], [12, "reviews_first", "de"]);
  await page.goto(`${path}/settings`);
  assert.match(await page.locator("[data-forecast]").innerText(), /^12 new a day means about \d+ minutes? a day in two weeks\.$/);
});

test("the study prompt is a text to copy and to download", async () => {
  await firstCard("Bridges");
  const path = deckPath();
  await page.goto(`${path}/prompt`);
  assert.match(await page.getByLabel("The text").inputValue(), /I am studying this topic with flashcards: Bridges/);
  const file = await context.request.get(`${path}/prompt.txt`);
  assert.match(file.headers()["content-disposition"], /attachment/);
  assert.equal(await file.text(), await page.getByLabel("The text").inputValue());
});
