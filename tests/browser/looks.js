// A page as it is, narrow and wide, light and dark: accessible by axe's rules, nothing cut off at the side, and a picture of
// it in target/screenshots to look at.
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const pictures = new URL("../../target/screenshots/", import.meta.url).pathname;

/** What is wrong with `path` for whoever the cookies of `context` say, a line each. */
export async function look(browser, context, base, path, name) {
  await mkdir(pictures, { recursive: true });
  const storageState = await context.storageState();
  const wrong = [];
  for (const [width, height, isMobile] of [[1280, 860, false], [390, 800, true]]) {
    for (const colorScheme of ["light", "dark"]) {
      const own = await browser.newContext({ baseURL: base, storageState, viewport: { width, height }, isMobile, hasTouch: isMobile, colorScheme, reducedMotion: "reduce", bypassCSP: true });
      const page = await own.newPage();
      const view = `${name}-${width}-${colorScheme}`;
      const answer = await page.goto(path);
      if (!answer.ok()) wrong.push(`${view}: ${answer.status()}`);
      await page.screenshot({ path: `${pictures}${view}.png`, fullPage: true });
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (overflow > 0) wrong.push(`${view}: ${overflow} px wider than the screen`);
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
      for (const { id, help, nodes } of violations) wrong.push(`${view}: ${id} (${help}): ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`);
      await own.close();
    }
  }
  return wrong;
}
