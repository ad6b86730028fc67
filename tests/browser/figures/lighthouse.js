// Lighthouse on every public page, a deck's cards, the study page and the statistics, as its phone sees them. LIGHTHOUSE is the folder in which
// npm put it. Fails below 95.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { startApp, startStripe } from "../app.js";
import { launch } from "../browser.js";

const require = createRequire(`${process.env.LIGHTHOUSE}/package.json`);
const { default: lighthouse } = await import(pathToFileURL(require.resolve("lighthouse")));
const PORT = 9333;
const LEAST = 95;
const PUBLIC = ["privacy", "terms", "sign-in", "sign-up"];
const app = await startApp();
// Prices are shown where plans are sold.
const stripe = await startStripe();
const shop = await startApp({ environment: stripe.environment });
const browser = await launch([`--remote-debugging-port=${PORT}`]);
let failed = false;

try {
  const page = await browser.newPage({ baseURL: app.base });
  await page.goto("/");
  await page.locator("#topic").fill("Lighthouses");
  await page.keyboard.press("Enter");
  await page.locator(".desk > .play[data-card]").waitFor({ timeout: 20_000 });
  const study = new URL(page.url()).pathname;
  const cookies = (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");
  for (const [name, path, isPublic, base = app.base] of [["home", "/", true], ...PUBLIC.map((name) => [name, `/${name}`, true]), ["pricing", "/pricing", true, shop.base], ["deck", study.replace(/study$/, "cards")], ["study", study], ["statistics", "/stats"]]) {
    const categories = ["performance", "accessibility", "best-practices", ...(isPublic ? ["seo"] : [])];
    const headers = isPublic ? {} : { Cookie: cookies };
    const { lhr } = await lighthouse(base + path, { port: PORT, onlyCategories: categories, extraHeaders: headers, logLevel: "error" });
    const scores = categories.map((category) => `${category} ${Math.round(lhr.categories[category].score * 100)}`);
    console.log(`${name}: ${scores.join(", ")}`);
    for (const category of categories) {
      if (lhr.categories[category].score * 100 >= LEAST) continue;
      failed = true;
      for (const { id } of lhr.categories[category].auditRefs) {
        const audit = lhr.audits[id];
        if (audit.score !== null && audit.score < 1) console.log(`  ${category}: ${id} ${audit.displayValue ?? ""}`);
      }
    }
  }
} finally {
  await browser.close();
  await app.stop();
  await shop.stop();
  await stripe.stop();
}
process.exitCode = failed ? 1 : 0;
