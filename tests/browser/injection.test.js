// R11: 200 texts that try to run script, as topics, in every field of a model's cards, in cards of one's own in every shape
// that Markdown has, as edits, tags, names and wishes, shown by a browser whose content security policy is off. Escaping
// alone has to stop them.
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

// What a card of one's own may be made of; each takes the 25 payloads of a breakout, so that each is in each shape.
const oneLine = (text) => text.replaceAll(/\s/g, " ");
const SHAPES = {
  plain: (texts) => ({ question: texts.join("\n\n"), answer: texts.map((text) => `- ${text}`).join("\n"), explanation: texts.map((text) => `> ${text}`).join("\n\n") }),
  links: (texts) => ({
    question: texts.map((text) => `[x](${oneLine(text)}) [y](https://a.example "${oneLine(text)}") [z](<${oneLine(text)}>) <javascript:globalThis.ran=1>`).join("\n\n"),
    answer: texts.map((text) => `![${text}](${oneLine(text)}) <https://a.example/${oneLine(text)}>`).join("\n\n"),
    explanation: texts.map((text, at) => `[r${at}]\n\n[r${at}]: javascript:globalThis.ran=1 "${oneLine(text)}"`).join("\n\n"),
  }),
  emphasis: (texts) => ({ question: texts.map((text) => `**${text}** *${text}* ~~${text}~~`).join("\n\n"), answer: texts.map((text) => `# ${text}`).join("\n"), explanation: texts.map((text) => `1. ${text}`).join("\n") }),
  code: (texts) => ({
    question: ["html", "js", "rust", "no such language"].map((language, at) => `~~~~${language}\n${texts.slice(at * 7, at * 7 + 7).join("\n")}\n~~~~`).join("\n\n"),
    answer: texts.map((text) => `\`\` ${text} \`\``).join("\n\n"),
    explanation: texts.map((text) => `~~~~${oneLine(text)}\nx\n~~~~`).join("\n\n"),
  }),
  maths: (texts) => ({ question: texts.map((text) => `$${text}$`).join("\n\n"), answer: texts.map((text) => `$$\\text{${text}}$$`).join("\n\n"), explanation: texts.map((text) => `$\\class{${text}}{x}$`).join("\n\n") }),
  cloze: (texts) => ({ question: texts.map((text) => `{{c1::${text}}} and {{c2::x::${text}}}`).join("\n\n"), answer: texts.join("\n\n"), explanation: texts.map((text) => `{{c1::${text}`).join("\n\n") }),
  // The characters that stand for a cloze's ends inside the renderer.
  marks: (texts) => ({ question: texts.map((text) => `\uE0F0${text}\uE0F2\uE0F1 {{c1::\uE0F1${text}}}`).join("\n\n"), answer: texts.map((text) => `\uE0F2${text}`).join("\n\n"), explanation: "" }),
};

test("no payload runs from a card of one's own in any shape, nor from tags, deck names and wishes", async () => {
  const { context, page } = await open();
  await context.request.post("/decks", { form: { topic: "Shapes" }, headers: { origin: app.base } });
  const [{ id: deck }] = (await (await context.request.get("/api/v1/decks")).json()).items;
  const drafts = BREAKOUTS.flatMap((_, at) => {
    const texts = PAYLOADS.slice(at * WRAPS.length, (at + 1) * WRAPS.length);
    const tags = ["everything", ...texts.map((text) => oneLine(text).slice(0, 100))];
    return Object.values(SHAPES).map((shape) => ({ ...shape(texts), tags }));
  });
  assert.equal(drafts.length, BREAKOUTS.length * Object.keys(SHAPES).length);
  for (const draft of drafts) {
    const answer = await context.request.post(`/api/v1/decks/${deck}/cards`, { data: draft });
    assert.equal(answer.status(), 201, await answer.text());
  }
  // Before saving, each shape once.
  for (const draft of drafts.slice(0, Object.keys(SHAPES).length)) {
    await page.goto(`/decks/${deck}/cards/new`);
    for (const name of ["question", "answer", "explanation"]) await page.locator(`#${name}`).fill(draft[name]);
    await page.locator("button[name=preview]").click();
    await page.locator(".preview").first().waitFor();
    assert.equal(await ran(page), 0);
  }
  // Every card with its answer, one after the other.
  await context.request.post("/cram", { form: { of: "tag", tag: "everything", deck }, headers: { origin: app.base } });
  let crammed = 0;
  for (; crammed < 200; crammed++) {
    await visit(page, "/cram/now?show=answer");
    const card = await page.locator("input[name=card]").first().getAttribute("value", { timeout: 500 }).catch(() => null);
    if (!card) break;
    if (crammed % 8 === 0) await visit(page, `/cards/${card}`);
    await context.request.post("/cram/now", { form: { card, known: "true" }, headers: { origin: app.base } });
  }
  // A cloze of two numbers is two cards.
  assert.ok(crammed >= drafts.length + BREAKOUTS.length, `${crammed} cards were crammed`);
  // On the desk, with those that the script keeps at hand.
  for (let shown = 0; shown < 10; shown++) {
    const next = await (await context.request.get(`/api/v1/decks/${deck}/next?wait=2`)).json();
    if (!next.study) break;
    await visit(page, `/decks/${deck}/study`);
    await page.keyboard.press("Space");
    await page.locator("[data-answer]").first().waitFor();
    assert.equal(await ran(page), 0);
    await context.request.post(`/api/v1/cards/${next.study.card.id}/reviews`, { data: { id: crypto.randomUUID(), rating: "again" } });
  }
  for (const text of PAYLOADS.slice(0, 30)) {
    const words = oneLine(text).slice(0, 100);
    const wish = await context.request.post(`/decks/${deck}/steer`, { form: { words, wish: "more" }, headers: { origin: app.base }, maxRedirects: 0 });
    assert.equal(wish.status(), 303, words);
    const renamed = await context.request.patch(`/api/v1/decks/${deck}`, { data: { title: words } });
    assert.equal(renamed.status(), 200, await renamed.text());
    await visit(page, `/decks/${deck}/settings`);
  }
  for (const path of [`/decks/${deck}/prompt`, `/decks/${deck}/stats`, `/cram?deck=${deck}`, "/cram", "/study", "/stats", "/decks", "/", "/cards"]) await visit(page, path);
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
