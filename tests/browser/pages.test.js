// Every page, narrow and wide, light and dark: accessible by axe's rules, nothing cut off at the side, and a picture of it in
// target/screenshots to look at.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { launch } from "./browser.js";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const pictures = new URL("../../target/screenshots/", import.meta.url).pathname;

const PAGES = [
  "home", "home-returning", "decks", "decks-empty", "study", "study-answer", "study-maths", "study-code", "study-long", "study-arabic", "study-four",
  "study-waiting", "study-done", "study-limit", "study-exhausted", "study-failing", "cards", "edit", "report", "settings", "settings-guest", "deck-settings", "sign-up", "sign-in", "forgot", "link", "password", "delete-account", "token", "signed-out", "privacy", "terms", "cards-all", "bulk-delete", "stats", "stats-deck", "stats-empty", "offline", "reminders", "reminders-guest", "reminders-stop", "delete",
  "error-404", "error-413", "error-429", "error-500",
];

let browser, preview, base;

before(async () => {
  await mkdir(pictures, { recursive: true });
  preview = spawn(new URL("../../target/debug/examples/preview", import.meta.url).pathname, ["0"], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(preview.stdout, "data");
  base = String(line).trim();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  preview?.kill();
});

test("axe sees what it should: a picture without words is a violation", async () => {
  const page = await browser.newPage({ bypassCSP: true });
  await page.goto(`${base}/home`);
  await page.evaluate(() => document.querySelector("main").append(document.createElement("img")));
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document));
  assert.ok(violations.some(({ id }) => id === "image-alt"));
  await page.close();
});

for (const [width, height, isMobile] of [[1280, 860, false], [390, 800, true]]) {
  for (const colorScheme of ["light", "dark"]) {
    test(`every page at ${width} pixels, ${colorScheme}, breaks no rule of axe and fits`, async () => {
      const context = await browser.newContext({ viewport: { width, height }, isMobile, hasTouch: isMobile, colorScheme, reducedMotion: "reduce", bypassCSP: true });
      const page = await context.newPage();
      const broken = [];
      page.on("console", (message) => { if (message.type() === "error" && message.text().includes("Content Security Policy")) broken.push(message.text()); });
      for (const name of PAGES) {
        const answer = await page.goto(`${base}/${name}`);
        assert.ok(answer.ok(), `${name}: ${answer.status()}`);
        await page.screenshot({ path: `${pictures}${name}-${width}-${colorScheme}.png` });
        // Against the window: a phone's layout grows with what is too wide, and hides it from `clientWidth`.
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth) - width;
        if (overflow > 0) broken.push(`${name}: ${overflow} px wider than the screen`);
        await page.evaluate(axe);
        const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
        for (const { id, help, nodes } of violations) broken.push(`${name}: ${id} (${help}): ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`);
      }
      await context.close();
      assert.deepEqual(broken, []);
    });
  }
}
