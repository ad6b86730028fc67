// Accounts in a real browser: from a guest to an account, out and in again, on a second device, and a new password by mail
// (which without a mail server stands in the log).
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startApp } from "./app.js";
import { launch } from "./browser.js";

let app, browser;

before(async () => { app = await startApp(); browser = await launch(); });
after(async () => { await browser?.close(); await app?.stop(); });

const open = async (options = {}) => {
  const context = await browser.newContext({ baseURL: app.base, ...options });
  const page = await context.newPage();
  page.on("pageerror", (error) => assert.fail(error));
  return { context, page };
};

async function begin(page, topic) {
  await page.goto("/");
  await page.locator("#topic").fill(topic);
  await page.locator(".ask button").click();
  await page.locator(".desk > .play[data-card]").waitFor({ timeout: 20_000 });
}

async function fill(page, fields) {
  for (const [label, text] of Object.entries(fields)) await page.getByLabel(label, { exact: true }).fill(text);
}

/** The last link in the app's log that leads to `path`, once there is one. */
async function linkInLog(path) {
  for (let tries = 0; tries < 100; tries++) {
    const links = app.log().match(new RegExp(`http://[^\\s"\\\\]*${path}\\?token=[\\w-]+`, "g"));
    if (links) return links.at(-1);
    await new Promise((wake) => setTimeout(wake, 50));
  }
  throw new Error(`no link to ${path} in the log`);
}

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? "with script" : "without script";
  const email = javaScriptEnabled ? "ada@example.org" : "bob@example.org";

  test(`a guest keeps the decks by signing up, signs out, and finds them on another device, ${how}`, async () => {
    const { context, page } = await open({ javaScriptEnabled });
    await begin(page, "Knots");
    await page.getByRole("link", { name: "Sign up" }).click();
    await fill(page, { "Mail address": email, Password: "a quiet desk at noon" });
    await page.getByRole("button", { name: "Make the account" }).click();
    await page.getByText(email).waitFor();
    assert.ok(await page.getByText("The address is not proved yet").isVisible());
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await page.getByRole("heading", { name: "Signed out" }).waitFor();
    await context.close();

    const device = await open({ javaScriptEnabled });
    await begin(device.page, "Trees");
    await device.page.goto("/sign-in");
    assert.ok(await device.page.getByText("comes along: one deck").isVisible());
    await fill(device.page, { "Mail address": email, Password: "not the password" });
    await device.page.getByRole("button", { name: "Sign in" }).click();
    await device.page.getByText("do not fit together").waitFor();
    assert.equal(await device.page.getByLabel("Mail address").inputValue(), email);
    await fill(device.page, { Password: "a quiet desk at noon" });
    await device.page.getByRole("button", { name: "Sign in" }).click();
    await device.page.getByText("is in your account now").waitFor();
    assert.deepEqual((await device.page.locator(".deck-link").allInnerTexts()).sort(), ["Knots", "Trees"]);
    await device.context.close();
  });
}

test("a forgotten password is chosen anew by the link in a letter", async () => {
  const { context, page } = await open();
  await page.goto("/sign-in");
  await page.getByRole("link", { name: "I forgot my password" }).click();
  await fill(page, { "Mail address": "ada@example.org" });
  await page.getByRole("button", { name: "Send a link for a new password" }).click();
  await page.getByRole("heading", { name: "Look at your mail" }).waitFor();
  await page.goto(await linkInLog("/links/reset"));
  await fill(page, { "New password": "password" });
  await page.getByRole("button", { name: "Save the password" }).click();
  await page.getByText("among the first that others try").waitFor();
  await fill(page, { "New password": "another desk entirely" });
  await page.getByRole("button", { name: "Save the password" }).click();
  await page.getByRole("heading", { name: "My decks" }).waitFor();
  assert.ok((await page.locator(".deck-link").allInnerTexts()).includes("Knots"));
  await context.close();
});

test("everything is taken out as one archive, and then deleted", async () => {
  const { context, page } = await open();
  await begin(page, "Rivers");
  await page.goto("/settings");
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Take out everything" }).click()]);
  assert.match(download.suggestedFilename(), /^autodeck-\d{4}-\d\d-\d\d\.zip$/);
  await page.getByRole("link", { name: "Delete everything" }).click();
  await page.getByRole("button", { name: "Delete everything" }).click();
  await page.getByRole("heading", { name: "All of it is deleted" }).waitFor();
  await page.goto("/decks");
  await page.getByText("Nobody is signed in").waitFor();
  await context.close();
});

test("the interface speaks German to a browser that asks for it", async () => {
  const { context, page } = await open({ locale: "de-DE" });
  await page.goto("/");
  await page.getByLabel("Was willst du wissen?").waitFor();
  await page.goto("/sign-up");
  assert.equal(await page.locator("html").getAttribute("lang"), "de");
  await page.getByRole("heading", { name: "Ein Konto anlegen" }).waitFor();
  await context.close();
});
