// Answers on their way to the server. Each lies under a key of its own in localStorage until the server has it, so closing
// the page loses none; each carries its own id, so sending it twice counts it once.
const PREFIX = "autodeck.review.";
const LONGEST_PAUSE = 30_000;
// Which revision of a card was answered here: a page or list that was kept before the answer still shows the card.
const ANSWERED = "autodeck.answered";
const MOST_ANSWERED = 300;

// Where storage is forbidden or full, this page's memory has to do.
const memory = new Map();
let sending = null;
let again = false;
let failures = 0;
let notBefore = 0;
let timer = 0;

function keep(key, text) {
  memory.set(key, text);
  try { localStorage.setItem(key, text); } catch { /* kept in memory */ }
}

function drop(key) {
  memory.delete(key);
  try { localStorage.removeItem(key); } catch { /* was never there */ }
}

/** Version 4, also where crypto.randomUUID is missing: plain http in a home network. */
export function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

const hold = (review) => keep(PREFIX + review.id, JSON.stringify(review));

/** `review`: {id, card, rating, revision, duration_ms, at}. */
export function put(review) {
  // Where an answer was taken back that is on its way still, the revision that is seen here is not the server's.
  const isBehind = queue().some(({ card, withdrawn }) => withdrawn && card === review.card);
  hold(isBehind ? { ...review, offline: true } : review);
  note(({ [review.card]: old, ...others }) => ({ ...others, [review.card]: review.revision }));
}

function answered() {
  try { return JSON.parse(localStorage.getItem(ANSWERED) ?? memory.get(ANSWERED) ?? "{}") ?? {}; } catch { return {}; }
}

function note(change) {
  keep(ANSWERED, JSON.stringify(Object.fromEntries(Object.entries(change(answered())).slice(-MOST_ANSWERED))));
}

/** Whether this revision of the card, or a later one, was answered on this device: then what shows it is an old copy. */
export function wasAnswered(card, revision) {
  return answered()[card] >= revision;
}

/** Takes back an answer that the server has not confirmed: if it may have it all the same, by an undo behind it. */
export function withdraw(id) {
  const review = pending().find((one) => one.id === id);
  if (!review) return;
  if (review.tried) hold({ ...review, withdrawn: true });
  else drop(PREFIX + id);
  forgetAnswer(review);
}

function forgetAnswer({ card }) {
  note(({ [card]: old, ...others }) => others);
}

/** The answers that the server has not confirmed, oldest first. */
export function pending() {
  return queue().filter(({ withdrawn }) => !withdrawn);
}

function queue() {
  const texts = new Map([...memory].filter(([key]) => key.startsWith(PREFIX)));
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) texts.set(key, localStorage.getItem(key));
  } catch { /* memory only */ }
  const reviews = [];
  for (const [key, text] of texts) {
    try { reviews.push(JSON.parse(text)); } catch { drop(key); }
  }
  return reviews.filter(Boolean).sort((a, b) => (a.at < b.at ? -1 : 1));
}

/** Sends what is pending; `report({kind, review, body, seconds})` hears of each: sent, withdrawn, conflict, gone, refused, later, locked. */
export function flush(report = () => {}) {
  clearTimeout(timer);
  // What is put while a round ends would miss it: then there is another round.
  again = sending !== null;
  sending ??= alone(() => sendAll(report)).finally(() => {
    sending = null;
    return again ? flush(report) : undefined;
  });
  return sending;
}

// Two tabs send one after the other; without the lock both may send, which is harmless.
function alone(work) {
  return navigator.locks ? navigator.locks.request("autodeck.outbox", work) : work();
}

async function sendAll(report) {
  if (Date.now() < notBefore) {
    timer = setTimeout(() => flush(report), notBefore - Date.now());
    return;
  }
  for (let review; (review = queue()[0]);) {
    let { kind, body, after } = await send(review);
    const isWithdrawn = queue().some(({ id, withdrawn }) => withdrawn && id === review.id);
    if (kind === "sent" && isWithdrawn) {
      ({ kind, body, after } = await post(`/api/v1/cards/${review.card}/undo`));
      if (kind === "sent") kind = "withdrawn";
    }
    if (kind === "later" || kind === "locked") {
      const pause = Math.min(LONGEST_PAUSE, 1000 * 2 ** failures++) * (0.5 + Math.random() / 2);
      const wait = Math.max(pause, after * 1000 || 0);
      if (after) notBefore = Date.now() + wait;
      // Given without a connection, answers count beside what other devices answered meanwhile: by their time, not by the
      // revision that was seen.
      if (!after && kind === "later") for (const one of queue()) hold({ ...one, offline: true });
      report({ kind, review, seconds: Math.ceil(wait / 1000) });
      timer = setTimeout(() => flush(report), wait);
      return;
    }
    failures = 0;
    if (kind === "refused") forgetAnswer(review);
    drop(PREFIX + review.id);
    if (isWithdrawn) for (const one of queue()) if (one.card === review.card) hold({ ...one, offline: true });
    report({ kind, review, body });
  }
}

function send(review) {
  const { card, offline, tried, withdrawn, ...answer } = review;
  if (offline) delete answer.revision;
  // From here on the server may have it, whatever becomes of the reply.
  if (navigator.onLine && !tried) hold({ ...review, tried: true });
  return post(`/api/v1/cards/${card}/reviews`, answer);
}

async function post(address, content) {
  try {
    const answer = await fetch(address, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: content && JSON.stringify(content),
      keepalive: true,
    });
    const { status } = answer;
    if (status === 429 || status === 408 || status >= 500) return { kind: "later", after: Number(answer.headers.get("retry-after")) };
    if (status === 401) return { kind: "locked" };
    const body = await answer.json().catch(() => null);
    return { kind: answer.ok ? "sent" : status === 409 ? "conflict" : status === 404 ? "gone" : "refused", body };
  } catch {
    return { kind: "later" };
  }
}
