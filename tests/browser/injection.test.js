// R11: 200 texts that try to run script, as topics, in every field of a model's cards, and as a learner's edits, shown by
// a browser whose content security policy is off. Escaping alone has to stop them.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { startApp } from "./app.js";
import { launch } from "./browser.js";

// What a payload does if it runs.
const BANG = "globalThis.ran=1";
const WRAPS = [
  (run) => `<script>${run}</script>`, (run) => `<ScRiPt>${run}</sCrIpT>`, (run) => `<script\n>${run}</script >`, (run) => `<img src=x onerror=${run}>`,
  (run) => `<img src=x onerror="${run}">`, (run) => `<svg onload=${run}>`, (run) => `<svg/onload=${run}>`, (run) => `<svg><script>${run}</script></svg>`,
  (run) => `<body onload=${run}>`, (run) => `<details open ontoggle=${run}>`, (run) => `<video><source onerror=${run}></video>`, (run) => `<input autofocus onfocus=${run}>`,
  (run) => `<select autofocus onfocus=${run}>`, (run) => `<textarea autofocus onfocus=${run}>`, (run) => `<marquee onstart=${run}>`, (run) => `<iframe srcdoc="<script>parent.${run.replace("globalThis.", "")}</script>">`,
  (run) => `<iframe src="javascript:parent.${run.replace("globalThis.", "")}">`, (run) => `<object data="javascript:${run}">`, (run) => `<a href="javascript:${run}" autofocus onfocus="${run}">x</a>`,
  (run) => `<math><mtext><img src=x onerror=${run}></mtext></math>`, (run) => `$\\text{<img src=x onerror=${run}>}$`, (run) => `$\\href{javascript:${run}}{x}$`, (run) => `\`<img src=x onerror=${run}>\``,
  (run) => `\`\`\`html\n<img src=x onerror=${run}>\n\`\`\``, (run) => `[x](javascript:${run})`,
];
const BREAKOUTS = ["", "\">", "'>", "</textarea>", "</title>", "--></script>", "&lt;/p&gt;</p>", "\u2028"];
const PAYLOADS = BREAKOUTS.flatMap((out) => WRAPS.map((wrap) => out + wrap(BANG)));

const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

// A model that writes the payloads, once escaped and once bare, each in a field of its own.
let asked = 0;
function cards() {
  const take = (at) => PAYLOADS[at % PAYLOADS.length];
  const from = asked * 10;
  asked++;
  return Array.from({ length: 10 }, (_, index) => {
    const at = from + index;
    const dress = asked % 2 ? escaped : (text) => text;
    const fields = { subtopic: take(at + 3), question: `What is the number ${at}? ${take(at)}`, answer: `${at * 7} ${take(at + 1)}`, explanation: take(at + 2) };
    return `<card>${Object.entries(fields).map(([name, text]) => `<${name}>${dress(text)}</${name}>`).join("")}</card>`;
  }).join("\n");
}

let app, browser, model;

before(async () => {
  model = createServer((request, answer) => {
    request.resume();
    request.on("end", () => {
      answer.writeHead(200, { "content-type": "text/event-stream" });
      const delta = (content) => answer.write(`data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`);
      delta(`<cards>${cards()}</cards>`);
      answer.write(`data: ${JSON.stringify({ choices: [{ delta: {}, finish_reason: "stop" }] })}\n\n`);
      answer.end("data: [DONE]\n\n");
    });
  }).listen(0, "127.0.0.1");
  await once(model, "listening");
  app = await startApp({ environment: { AUTODECK_LLM_BASE_URL: `http://127.0.0.1:${model.address().port}/v1` } });
  browser = await launch();
});
after(async () => { await browser?.close(); await app?.stop(); model?.close(); });

async function open() {
  const context = await browser.newContext({ baseURL: app.base, bypassCSP: true });
  const page = await context.newPage();
  page.on("dialog", (dialog) => { assert.fail(`a dialog: ${dialog.message()}`); });
  return { context, page };
}

const ran = (page) => page.evaluate(() => globalThis.ran ?? 0);

/** Opens a page, lets what was inserted load or fail, and says whether anything ran. */
async function visit(page, path) {
  await page.goto(path);
  await page.waitForLoadState("load");
  await page.evaluate(() => new Promise((wake) => requestAnimationFrame(() => setTimeout(wake, 20))));
  assert.equal(await ran(page), 0, `something ran at ${path}`);
}

test("the check sees a payload that runs", async () => {
  const { context, page } = await open();
  await page.goto("/");
  await page.evaluate((text) => { document.querySelector("main").insertAdjacentHTML("beforeend", text); }, WRAPS[3](BANG));
  await page.waitForFunction(() => globalThis.ran === 1);
  await context.close();
});

test("there are 200 payloads, all different", () => {
  assert.equal(new Set(PAYLOADS).size, 200);
});

test("no payload runs as a topic, on the start page, the list of decks and the deck itself", async () => {
  const { context, page } = await open();
  const topics = PAYLOADS.map((text) => text.replaceAll("\n", " ")).filter((text) => text.length <= 200 && !/[\u2028]/.test(text));
  let made = 0;
  for (const topic of topics.slice(0, 55)) {
    const answer = await context.request.post("/decks", { form: { topic }, headers: { origin: app.base }, maxRedirects: 0 });
    made += answer.status() === 303 ? 1 : 0;
  }
  assert.ok(made >= 50, `${made} topics were taken`);
  for (const path of ["/", "/decks"]) await visit(page, path);
  const { items } = await (await context.request.get("/api/v1/decks?limit=200")).json();
  for (const { id } of items.slice(0, 12)) {
    for (const below of ["study", "cards", "settings", "delete"]) await visit(page, `/decks/${id}/${below}`);
  }
  // One that is refused comes back in its form.
  for (const topic of topics.slice(55, 60)) {
    await page.goto("/");
    await page.locator("#topic").fill(topic.padEnd(201, "x"));
    await page.locator(".ask button").click();
    await page.locator("#problem").waitFor();
    assert.equal(await ran(page), 0);
  }
  await context.close();
});

test("no payload runs from any field of a model's card, nor from a learner's edit", async () => {
  const { context, page } = await open();
  await page.goto("/");
  await page.locator("#topic").fill("Numbers");
  await page.locator(".ask button").click();
  await page.locator(".desk > .play[data-card]").waitFor({ timeout: 20_000 });
  const deck = /\/decks\/([^/]+)/.exec(page.url())[1];
  // Cards that the gates refuse never come; what comes is shown, turned and graded like any card.
  let shown = 0;
  for (; shown < 40; shown++) {
    const next = await (await context.request.get(`/api/v1/decks/${deck}/next?wait=2`)).json();
    if (!next.study) break;
    await visit(page, `/decks/${deck}/study`);
    await page.keyboard.press("Space");
    await page.locator("[data-answer]").first().waitFor();
    assert.equal(await ran(page), 0);
    await context.request.post(`/api/v1/cards/${next.study.card.id}/reviews`, { data: { id: crypto.randomUUID(), rating: "easy" } });
  }
  assert.ok(shown >= 5, `${shown} of the model's cards were shown`);
  // The rest by hand: every payload as question, answer and explanation of a card of one's own.
  for (const [at, text] of PAYLOADS.entries()) {
    const card = { question: `${at} ${text}`, answer: `${text} ${at}`, explanation: text };
    const answer = await context.request.post(`/api/v1/decks/${deck}/cards`, { data: card });
    assert.equal(answer.status(), 201, await answer.text());
  }
  let after = "";
  const ids = [];
  do {
    const list = await (await context.request.get(`/api/v1/decks/${deck}/cards?limit=200${after}`)).json();
    ids.push(...list.items.map(({ id }) => id));
    after = list.next ? `&after=${list.next}` : "";
  } while (after);
  assert.ok(ids.length >= 200);
  let path = `/decks/${deck}/cards`;
  for (let pages = 0; path && pages < 20; pages++) {
    await visit(page, path);
    path = await page.locator(".after a.button").getAttribute("href", { timeout: 500 }).catch(() => null);
  }
  for (const id of ids.slice(-25)) {
    for (const below of ["edit", "report", "delete"]) await visit(page, `/cards/${id}/${below}`);
  }
  await visit(page, `/decks/${deck}/cards?q=${encodeURIComponent(PAYLOADS[4])}`);
  await context.close();
});

test("no payload runs from a name, a token's name, or what a form gives back", async () => {
  const { context, page } = await open();
  await context.request.post("/decks", { form: { topic: "Knots" }, headers: { origin: app.base } });
  for (const text of PAYLOADS.slice(0, 30)) {
    const name = text.replaceAll(/\s/g, " ").slice(0, 80);
    const settings = { name, buttons: "3", retention_percent: "90", time_zone: "UTC", rollover_hour: "4", theme: "system", language: text, new_cards: "" };
    await context.request.post("/settings", { form: settings, headers: { origin: app.base } });
    await context.request.post("/settings/tokens", { form: { name, scope: "read" }, headers: { origin: app.base } });
  }
  await visit(page, "/settings");
  for (const text of PAYLOADS.slice(0, 6)) {
    await page.goto("/sign-in");
    await page.evaluate((email) => { const form = document.querySelector("form.sheet"); form.noValidate = true; form.email.type = "text"; form.email.value = email; form.password.value = "x"; form.requestSubmit(); }, text);
    await page.locator("#problem").waitFor();
    assert.equal(await ran(page), 0);
  }
  await visit(page, `/forgot?email=${encodeURIComponent(PAYLOADS[33])}`);
  await context.close();
});
