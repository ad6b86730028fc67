// The study room's pages as the app itself serves them, with cards that were studied: narrow and wide, light and dark,
// accessible by axe's rules, nothing cut off at the side; zoomed to 200 %; and cards that are written from the right.
// Pictures in target/screenshots, `room-…`, to look at.
import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { startApp } from "./app.js";
import { launch } from "./browser.js";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const pictures = new URL("../../target/screenshots/", import.meta.url).pathname;

let app, browser, session, deck, ids;

const ARABIC = { question: "ما عاصمة {{c1::مصر}}، وعلى أي نهر تقع؟", answer: "القاهرة، على النيل", explanation: "- **القاهرة**: 20 مليون\n- `Cairo` بالإنجليزية", tags: ["🧭", "جغرافيا"] };

before(async () => {
  await mkdir(pictures, { recursive: true });
  app = await startApp();
  browser = await launch();
  const context = await browser.newContext({ baseURL: app.base });
  const page = await context.newPage();
  await page.goto("/");
  await page.getByLabel("What do you want to know?").fill("Lighthouses of the North Sea");
  await page.getByRole("button", { name: "Start" }).click();
  await page.locator(".desk > .play[data-card]").waitFor({ timeout: 20_000 });
  deck = new URL(page.url()).pathname.replace(/\/study$/, "");
  const send = async (method, path, data) => {
    const answer = await context.request.fetch(`/api/v1${path}`, { method, data });
    assert.ok(answer.ok(), `${method} ${path}: ${answer.status()} ${await answer.text()}`);
    return answer.json();
  };
  for (const rating of ["good", "again", "easy", "good", "easy", "again"]) {
    const { study } = await send("GET", `${deck}/next?wait=10`);
    await send("POST", `/cards/${study.card.id}/reviews`, { id: crypto.randomUUID(), rating, duration_ms: 4000 });
  }
  await send("POST", `${deck}/cards`, ARABIC);
  const code = await send("POST", `${deck}/cards`, { question: "What does `swap` do?", answer: "```rust\nstd::mem::swap(&mut a, &mut b); // no clone\n```", explanation: "As in $a \\leftrightarrow b$: **both** stay valid.", tags: ["rust"] });
  const { items } = await send("GET", `${deck}/cards?limit=200`);
  const answered = items.find(({ reps }) => reps > 0).id;
  await send("PATCH", `/cards/${answered}`, { flagged: true, tags: ["exam", "🧭"] });
  ids = { answered, code: code.id, arabic: items.find(({ tags }) => tags.includes("جغرافيا")).id };
  session = await context.storageState();
  await context.close();
});

after(async () => { await browser?.close(); await app?.stop(); });

const click = (name) => (page) => page.getByRole("button", { name }).first().click();

/** Name, address, and what is done before the picture. */
const rooms = () => [
  ["decks", "/decks"],
  ["front", `${deck}/study`],
  ["back", `${deck}/study?show=answer`],
  ["menu", `${deck}/study`, async (page) => page.locator(".desk > .play .more summary").click()],
  ["all-decks", "/study"],
  ["cram-choose", "/cram"],
  ["cram", "/cram", async (page) => { await click("Begin")(page); await page.getByRole("button", { name: "Show answer" }).waitFor(); }],
  ["cram-back", "/cram/now?show=answer"],
  ["card", `/cards/${ids.answered}`],
  ["card-arabic", `/cards/${ids.arabic}`],
  ["card-code", `/cards/${ids.code}`],
  ["write", `${deck}/cards/new`],
  ["write-preview", `/cards/${ids.arabic}/edit`, click("Preview")],
  ["browse", `${deck}/cards`],
  ["browse-chosen", "/cards", async (page) => {
    for (const index of [0, 1, 2]) await page.locator("[data-pick]").nth(index).check();
    if (!(await page.locator("[data-bulk] details[open]").count())) await page.locator("[data-bulk] summary").click();
  }],
  ["browse-filter", "/cards?state=review&q=a", null],
  ["bulk-delete", "/cards", async (page) => {
    await page.locator("[data-pick]").first().check();
    if (!(await page.locator("[data-bulk] details[open]").count())) await page.locator("[data-bulk] summary").click();
    await page.locator("[data-bulk]").getByRole("button", { name: "Delete" }).click();
  }],
  ["report", `/cards/${ids.answered}/report`],
  ["stats", `${deck}/stats`],
  ["settings", "/settings"],
  ["deck-settings", `${deck}/settings`],
  ["prompt", `${deck}/prompt`],
  ["error", "/cards/00000000-0000-7000-8000-000000000000"],
];

// Against the window's own width: a phone's layout grows with what is too wide, and hides it from `clientWidth`.
const widerThan = async (page) => await page.evaluate(() => document.documentElement.scrollWidth) - page.viewportSize().width;

/** Links and buttons that begin above or left of the page, where nobody can get to. */
const cutOff = (page) => page.evaluate(() => [...document.querySelectorAll("a[href]:not(.skip), button")]
  .filter((one) => one.checkVisibility({ checkVisibilityCSS: true }))
  .map((one) => [one, one.getBoundingClientRect()])
  .filter(([, box]) => box.width > 1 && (box.top + scrollY < 0 || box.left < 0))
  .map(([one]) => one.outerHTML.slice(0, 80)));

for (const [width, height, isMobile] of [[1280, 860, false], [390, 800, true]]) {
  for (const colorScheme of ["light", "dark"]) {
    test(`every room at ${width} pixels, ${colorScheme}, breaks no rule of axe and fits`, async () => {
      const context = await browser.newContext({ baseURL: app.base, storageState: session, viewport: { width, height }, isMobile, hasTouch: isMobile, colorScheme, reducedMotion: "reduce", bypassCSP: true, serviceWorkers: "block" });
      const page = await context.newPage();
      const broken = [];
      for (const [name, path, act] of rooms()) {
        await page.goto(path);
        if (act) { await act(page); await page.waitForLoadState("load"); }
        await page.screenshot({ path: `${pictures}room-${name}-${width}-${colorScheme}.png`, fullPage: true });
        const wider = await widerThan(page);
        if (wider > 0) broken.push(`${name}: ${wider} px wider than the screen`);
        for (const one of await cutOff(page)) broken.push(`${name}: cut off: ${one}`);
        await page.evaluate(axe);
        const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
        for (const { id, help, nodes } of violations) broken.push(`${name}: ${id} (${help}): ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
      }
      await context.close();
      assert.deepEqual(broken, []);
    });
  }
}

test("at 200 % everything is there, nothing sideways, and every button can be reached", async () => {
  // A window of 1280 by 860 at 200 %: half as many CSS pixels.
  const context = await browser.newContext({ baseURL: app.base, storageState: session, viewport: { width: 640, height: 430 }, deviceScaleFactor: 2, reducedMotion: "reduce", serviceWorkers: "block" });
  const page = await context.newPage();
  const broken = [];
  for (const [name, path, act] of rooms()) {
    await page.goto(path);
    if (act) { await act(page); await page.waitForLoadState("load"); }
    if (await widerThan(page) > 0) broken.push(`${name}: ${await widerThan(page)} px wider than the screen`);
    await page.screenshot({ path: `${pictures}room-${name}-zoomed.png` });
    // What is fixed to the screen must not lie over what is focused (2.4.11).
    const covered = await page.evaluate(() => {
      const bad = [];
      for (const one of document.querySelectorAll("main a[href], main button, main input:not([type=hidden]), main select, main textarea, main summary")) {
        if (!one.checkVisibility({ checkVisibilityCSS: true, contentVisibilityAuto: true })) continue;
        one.focus();
        const box = one.getBoundingClientRect();
        if (!box.width || !box.height) continue;
        const top = document.elementFromPoint(Math.min(Math.max(box.left + box.width / 2, 1), innerWidth - 2), Math.min(Math.max(box.top + box.height / 2, 1), innerHeight - 2));
        if (top && !one.contains(top) && !top.contains(one) && top.closest("label")?.control !== one) bad.push(`${one.outerHTML.slice(0, 80)} under ${top.outerHTML.slice(0, 80)}`);
      }
      return bad;
    });
    for (const one of covered) broken.push(`${name}: ${one}`);
  }
  await context.close();
  assert.deepEqual(broken, []);
});

test("a card written from the right stands on the right, its code from the left", async () => {
  const context = await browser.newContext({ baseURL: app.base, storageState: session, viewport: { width: 390, height: 800 }, serviceWorkers: "block" });
  const page = await context.newPage();
  await page.goto(`/cards/${ids.arabic}`);
  const question = page.getByText("عاصمة").first();
  assert.equal(await question.evaluate((one) => getComputedStyle(one).direction), "rtl");
  const list = page.locator("main li", { hasText: "القاهرة" }).first();
  const { direction, textAlign } = await list.evaluate((one) => ({ direction: getComputedStyle(one).direction, textAlign: getComputedStyle(one).textAlign }));
  assert.equal(direction, "rtl");
  assert.notEqual(textAlign, "left");
  await page.goto(`/cards/${ids.code}`);
  assert.equal(await page.locator("main pre").first().evaluate((one) => getComputedStyle(one).direction), "ltr");
  await context.close();
});
