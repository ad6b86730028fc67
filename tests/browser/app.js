// The whole app as people run it: the built program, a private database in a folder of its own, and the model played by
// the server that replays recorded streams.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const built = (name) => new URL(`../../target/debug/${name}`, import.meta.url).pathname;

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

async function lineWith(stream, pattern) {
  for await (const line of createInterface({ input: stream })) {
    const found = pattern.exec(line);
    if (found) return found[1];
  }
  throw new Error(`the program ended without a line like ${pattern}`);
}

async function ended(program, signal = "SIGTERM") {
  if (program.exitCode !== null || program.signalCode !== null) return;
  const exit = once(program, "exit");
  program.kill(signal);
  await exit;
}

/** Starts the stand-in for Stripe. Returns {environment, stop}: what an app needs to sell its plans there. */
export async function startStripe() {
  const stripe = spawn(built("examples/stripe-stand-in"), ["--port", "0"], { stdio: ["ignore", "pipe", "inherit"] });
  const environment = {};
  for await (const line of createInterface({ input: stripe.stdout })) {
    const [name, value] = line.split("=");
    environment[name] = value;
    if (name === "STRIPE_API_BASE") break;
  }
  return { environment, stop: () => ended(stripe) };
}

/** Starts everything; `model` are arguments of the replaying model. Returns {base, stop}. */
export async function startApp({ model: modelArguments = ["--speed", "0", "--tokens-per-second", "0", "--first-token-ms", "0"], environment = {} } = {}) {
  const model = spawn(built("examples/replay-model"), ["--port", "0", ...modelArguments], { stdio: ["ignore", "pipe", "inherit"] });
  const modelUrl = await lineWith(model.stdout, /AUTODECK_LLM_BASE_URL=(\S+)/);
  model.stdout.resume();
  const folder = await mkdtemp(join(tmpdir(), "autodeck-browser-"));
  // Started by root, the database runs as another user, who has to get to its folder.
  await chmod(folder, 0o711);
  const base = `http://127.0.0.1:${await freePort()}`;
  let log = "";
  const app = spawn(process.env.AUTODECK_BINARY ?? built("autodeck"), ["serve"], {
    env: { ...process.env, DATABASE_URL: "", AUTODECK_DATA_DIR: join(folder, "data"), AUTODECK_LISTEN: base.slice(7), AUTODECK_LLM: "openai", AUTODECK_LLM_BASE_URL: modelUrl, AUTODECK_LLM_API_KEY: "a-key", AUTODECK_LLM_MODEL: "replayed", ...environment },
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
  });
  for (const stream of [app.stdout, app.stderr]) stream.on("data", (text) => { log = (log + text).slice(-20_000); });
  const stop = async () => {
    await ended(app);
    await ended(model);
    await rm(folder, { recursive: true, force: true });
  };
  for (let tries = 0; tries < 300; tries++) {
    if (app.exitCode !== null) break;
    const ready = await fetch(`${base}/readyz`).catch(() => null);
    if (ready?.ok) return { base, stop, log: () => log, endModel: () => ended(model) };
    await new Promise((wake) => setTimeout(wake, 200));
  }
  await stop();
  throw new Error(`the app did not start:\n${log}`);
}
