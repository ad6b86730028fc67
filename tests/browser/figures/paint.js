// P11: in Chromium with its CPU four times slower, the largest paint of the study page, the time from a grade to the next
// card on the screen, and what moved. Prints medians with minimum and maximum.
import { startApp } from "../app.js";
import { launch } from "../browser.js";

const LOADS = 7;
const GRADES = 30;
const app = await startApp();
const browser = await launch();

const show = (what, values, unit) => {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.floor((sorted.length - 1) * share)].toFixed(unit ? 0 : 4);
  console.log(`| P11 | ${what}, ${values.length} times | ${at(0.5)} (${at(0)}–${at(1)}) ${unit} |`);
};

async function throttled(context) {
  const page = await context.newPage();
  const client = await context.newCDPSession(page);
  await client.send("Emulation.setCPUThrottlingRate", { rate: 4 });
  await page.addInitScript(() => {
    globalThis.figures = { paint: 0, shift: 0 };
    new PerformanceObserver((list) => { for (const entry of list.getEntries()) figures.paint = entry.startTime; }).observe({ type: "largest-contentful-paint", buffered: true });
    new PerformanceObserver((list) => { for (const entry of list.getEntries()) if (!entry.hadRecentInput) figures.shift += entry.value; }).observe({ type: "layout-shift", buffered: true });
  });
  return page;
}

try {
  const context = await browser.newContext({ baseURL: app.base, viewport: { width: 390, height: 800 } });
  let page = await context.newPage();
  await page.goto("/");
  await page.locator("#topic").fill("Lighthouses");
  await page.keyboard.press("Enter");
  await page.locator(".desk > .play[data-card]").waitFor({ timeout: 20_000 });
  const study = new URL(page.url()).pathname;
  await page.close();
  const paints = [];
  const shifts = [];
  for (let load = 0; load < LOADS; load++) {
    page = await throttled(context);
    await page.goto(study);
    await page.locator(".desk > .play[data-card]").waitFor();
    await page.waitForTimeout(500);
    paints.push(await page.evaluate(() => figures.paint));
    if (load < LOADS - 1) await page.close();
  }
  const grades = [];
  for (let count = 0; count < GRADES; count++) {
    await page.locator(".desk > .play[data-card]").waitFor({ timeout: 20_000 });
    await page.keyboard.press("Space");
    await page.locator("[data-grades]:not([hidden])").waitFor();
    // From the key to the frame after the one in which the next card stands.
    grades.push(await page.evaluate(() => new Promise((done) => {
      const began = performance.now();
      document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "3", bubbles: true }));
      requestAnimationFrame(() => { const channel = new MessageChannel(); channel.port1.onmessage = () => done(performance.now() - began); channel.port2.postMessage(0); });
    })));
    await page.waitForTimeout(150);
  }
  shifts.push(await page.evaluate(() => figures.shift));
  show("largest paint of the study page", paints, "ms");
  show("a grade → the next card painted", grades, "ms");
  show(`layout shift over ${GRADES} cards`, shifts, "");
} finally {
  await browser.close();
  await app.stop();
}
