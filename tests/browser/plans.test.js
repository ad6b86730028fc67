// Free → limit → payment page → Plus at once → the portal's cancel → paid to the end → free, and every card still there.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startApp, startStripe } from "./app.js";
import { launch } from "./browser.js";
import { look } from "./looks.js";

let app, base, browser, context, page, stripe, environment;

before(async () => {
  stripe = await startStripe();
  ({ environment } = stripe);
  app = await startApp({ environment });
  browser = await launch();
  // The public address: Stripe sends whoever paid back to it, and the session's cookie has to be there.
  base = app.base.replace("127.0.0.1", "localhost");
  context = await browser.newContext({ baseURL: base });
  page = await context.newPage();
  page.on("pageerror", (error) => assert.fail(error));
});

after(async () => {
  await browser?.close();
  await app?.stop();
  await stripe?.stop();
});

/** Hands the app the events that the stand-in has told nobody of. */
async function deliver() {
  const events = await (await fetch(`${environment.STRIPE_API_BASE}/panel/events`, { method: "POST" })).json();
  for (const [body, signature] of events) {
    const answer = await fetch(`${app.base}/billing/webhook`, { method: "POST", body, headers: { "stripe-signature": signature } });
    assert.equal(answer.status, 200);
  }
}

const me = async () => (await page.request.get("/api/v1/me")).json();

/** No page of these breaks a rule of axe or the screen's width. */
async function looksWell(pages) {
  const wrong = [];
  for (const [name, path] of Object.entries(pages)) wrong.push(...await look(browser, context, base, path, name));
  assert.deepEqual(wrong, []);
}

/** The plan, once it is `wanted`; asked a bounded number of times. */
async function planIs(wanted) {
  for (let tries = 0; tries < 100; tries++) {
    if ((await me()).plan === wanted) return;
    await page.waitForTimeout(100);
  }
  assert.fail(`the plan is ${(await me()).plan}, not ${wanted}`);
}

test("whoever wants to buy signs up first and is back at the plans", async () => {
  const guest = await (await browser.newContext({ baseURL: base })).newPage();
  await guest.goto("/pricing");
  await guest.getByRole("button", { name: "$48 a year" }).click();
  await guest.waitForURL(/\/sign-up/);
  await guest.locator("input[name=email]").fill("grace@example.org");
  await guest.locator("input[name=password]").fill("a long and quiet sentence 8");
  await guest.locator("main form button").first().click();
  await guest.waitForURL(/\/pricing$/);
  await guest.context().close();
});

test("free, the limit, Plus by the payment page, cancelled in the portal, paid to the end, free again with every card", async () => {
  await page.goto("/sign-up");
  await page.locator("input[name=email]").fill("ada@example.org");
  await page.locator("input[name=password]").fill("a long and quiet sentence 7");
  await page.locator("main form button").first().click();
  await page.waitForURL((url) => !url.pathname.startsWith("/sign-up"));
  assert.equal((await me()).plan, "free");

  await page.goto("/");
  await page.locator("#topic").fill("Counting for plans");
  await page.keyboard.press("Enter");
  await page.locator(".desk > .play[data-card]").waitFor({ timeout: 20_000 });
  const deck = new URL(page.url()).pathname.split("/")[2];
  for (let graded = 0; graded < 20; graded++) {
    const next = await (await page.request.get(`/api/v1/decks/${deck}/next?wait=10`)).json();
    assert.ok(next.study, `${graded}: ${next.reason}`);
    const answer = await page.request.post(`/api/v1/cards/${next.study.card.id}/reviews`, { data: { id: crypto.randomUUID(), rating: "easy" } });
    assert.ok(answer.ok());
  }
  await page.goto(`/decks/${deck}/study`);
  await page.locator("[data-notice=limit_reached]").waitFor();
  assert.match(await page.locator("[data-notice]").innerText(), /Plus gives 200 a day/);
  const cards = async () => (await (await page.request.get(`/api/v1/decks/${deck}/cards?limit=200`)).json()).items.map(({ id }) => id);
  const before = await cards();
  assert.ok(before.length >= 20, `${before.length} cards`);

  await looksWell({ "plan-limit": `/decks/${deck}/study`, "plan-free": "/plan", "pricing-free": "/pricing" });
  await page.getByRole("link", { name: "More new cards" }).click();
  await page.getByRole("button", { name: "$5 a month" }).click();
  await page.waitForURL(/\/pay\//);
  await page.getByRole("button", { name: "Pay" }).click();
  await page.waitForURL(/\/plan\?done=bought/);
  assert.match(await page.locator("main").innerText(), /Plus/);
  await planIs("plus");
  const next = await (await page.request.get(`/api/v1/decks/${deck}/next?wait=10`)).json();
  assert.ok(next.study, "Plus at once");

  await looksWell({ "plan-plus": "/plan", "pricing-plus": "/pricing", "plan-cancel": "/plan/cancel" });
  await page.goto("/plan");
  await page.getByRole("button", { name: "Card and invoices" }).click();
  await page.waitForURL(/\/portal\//);
  await page.getByRole("button", { name: "Cancel plan" }).click();
  await page.waitForURL(/\/plan$/);
  assert.match(await page.locator("main").innerText(), /Cancelled. It holds until/);
  await deliver();
  await planIs("plus");
  await looksWell({ "plan-ending": "/plan" });

  // The stand-in's clock alone moves on: what ends there ends here when it tells.
  await fetch(`${environment.STRIPE_API_BASE}/panel/advance`, { method: "POST", body: new URLSearchParams({ days: "31" }) });
  const events = await (await fetch(`${environment.STRIPE_API_BASE}/panel/events`, { method: "POST" })).json();
  assert.ok(events.length > 0);
  // Signed a month ahead they are refused; the page's return looks by itself.
  await page.goto("/plan/changed");
  await planIs("free");
  const after = new Set(await cards());
  assert.deepEqual(before.filter((id) => !after.has(id)), [], "every card is still there");
  await page.goto("/plan");
  assert.match(await page.locator("main").innerText(), /Free/);
});
