// The study page: keeps the next cards at hand so that grading paints the next one at once, and sends the answer behind it.
// All markup comes from the server; this only moves, shows and hides it.
import { flush, pending, put, uuid, wasAnswered, withdraw } from "./outbox.js";

const $ = (selector, root = document) => root.querySelector(selector);
const desk = $(".desk");
const base = desk.dataset.base;
const word = $("p[data-word]");
const AT_HAND = 4;
// An answer on its way is waited for this long, in milliseconds, before it is taken back without knowing whether it arrived.
const PATIENCE = 1500;
// Every sentence comes with the page, in its language; `{s}` stands for seconds.
const said = Object.fromEntries([...$("[data-sentences]").content.children].map((text) => [text.dataset.name, text.textContent]));
const inSeconds = (text, seconds) => text.replace("{s}", seconds);

let hand = [];
let shownAt = performance.now();
let ready = Number(desk.dataset.ready);
let tick = 0;
let poll = new AbortController();
const done = [];
const gradedAt = new Map();

const idOf = (play) => play?.dataset.card;
const parts = (play) => ({ question: $("[data-question]", play), answer: $("[data-answer]", play), reveal: $("[data-reveal]", play), grades: $("[data-grades]", play) });
// A copy kept for study without a connection may show what was answered since.
const isOld = (play) => wasAnswered(idOf(play), Number(play.dataset.revision));
const sleep = (ms) => new Promise((wake) => setTimeout(wake, ms));

function say(text) {
  word.textContent = text;
  clearTimeout(say.timer);
  if (text) say.timer = setTimeout(() => { word.textContent = ""; }, 6000);
}

/* Showing */

function lay(play) {
  const old = $(".desk > .play");
  if (old === play) return;
  if (play.dataset.card) {
    const { answer, reveal, grades } = parts(play);
    answer.hidden = grades.hidden = true;
    reveal.hidden = false;
  }
  play.firstElementChild.classList.add("rise");
  if (old) old.replaceWith(play);
  else $(".edges", desk).before(play);
  shownAt = performance.now();
  $("[data-question]", play).focus({ preventScroll: true });
  scrollTo(0, 0);
}

function layNext() {
  if (hand.length) return lay(hand[0]);
  lay($("[data-waiting]").content.firstElementChild.cloneNode(true));
  poll.abort();
}

function reveal() {
  const play = hand[0];
  if (!play) return;
  const { answer, reveal, grades } = parts(play);
  if (!answer.hidden) return;
  answer.hidden = grades.hidden = false;
  reveal.hidden = true;
  answer.focus({ preventScroll: true });
}

function drawEdges(count) {
  const edges = $("[data-edges]");
  const wanted = Math.min(count, 10);
  while (edges.children.length > wanted) edges.lastChild.remove();
  while (edges.children.length < wanted) edges.append(Object.assign(document.createElement("i"), { className: "arriving" }));
}

/* Answering */

function grade(rating) {
  const play = hand[0];
  if (!play || parts(play).answer.hidden) return;
  dropAnswered();
  if (hand[0] !== play) return;
  const card = idOf(play);
  const review = { id: uuid(), card, rating, revision: Number(play.dataset.revision), duration_ms: Math.round(performance.now() - shownAt), at: new Date().toISOString() };
  put(review);
  hand.shift();
  gradedAt.set(card, ++tick);
  done.push({ play, review });
  if (done.length > 50) done.shift();
  layNext();
  $("[data-undo]").hidden = false;
  $("[data-hint]")?.remove();
  send();
}

// Without a connection no revision tells the server that another tab of this device answered what still lies here.
function dropAnswered() {
  const [current] = hand;
  hand = hand.filter((play) => !isOld(play));
  if (hand[0] === current) return;
  layNext();
  say(said.otherTab);
  refill();
}

async function send() {
  await flush(heard);
  refill();
}

function heard({ kind, review, seconds, body }) {
  showConnection(kind !== "later");
  // A reply that was asked for before the server had this answer may still list the card.
  if (!["later", "locked", "withdrawn"].includes(kind)) gradedAt.set(review.card, ++tick);
  const again = kind === "withdrawn" && hand.find((play) => idOf(play) === review.card);
  if (again) again.dataset.revision = body?.revision ?? again.dataset.revision;
  if (kind === "sent") {
    const entry = done.find((one) => one.review?.id === review.id);
    if (entry) { entry.sent = true; entry.play.dataset.revision = body?.card?.revision ?? entry.play.dataset.revision; }
  }
  const sentence = {
    later: `${inSeconds(said.outOfReach, seconds)} ${said.areKept}`,
    locked: said.locked,
    conflict: said.conflict,
    gone: said.gone,
    refused: said.refused,
  }[kind];
  if (sentence) say(sentence);
  else if (kind === "sent" && !pending().length) say("");
}

async function undo() {
  const last = done.at(-1);
  if (!last) {
    const form = $("[data-undo]");
    return form.hidden ? say(said.nothingToUndo) : form.submit();
  }
  done.pop();
  if (!last.sent) await Promise.race([flush(heard), sleep(PATIENCE)]);
  if (last.review && pending().some(({ id }) => id === last.review.id)) {
    withdraw(last.review.id);
    bringBack(last.play);
    return send();
  }
  await last.sending;
  const what = last.action ? `actions/${last.action}` : `cards/${idOf(last.play)}`;
  const answer = await fetch(`/api/v1/${what}/undo`, { method: "POST" }).catch(() => null);
  if (!answer?.ok) {
    if (answer?.status !== 409) done.push(last);
    return say(answer?.status === 409 ? said.nothingToUndo : said.undoFailed);
  }
  const card = await answer.json().catch(() => ({}));
  last.play.dataset.revision = card.revision ?? last.play.dataset.revision;
  if ("flagged" in card) showFlag(last.play, card.flagged);
  bringBack(last.play);
  refill();
}

function bringBack(play) {
  const id = idOf(play);
  gradedAt.delete(id);
  hand = [play, ...hand.filter((other) => idOf(other) !== id)];
  lay(play);
  say(said.undone);
}

/* What is done to a card besides answering it: painted at once, sent behind it, undone by the id it was given here */

function act(form, button) {
  const play = hand[0];
  const card = idOf(play);
  const { act, away, word } = form.dataset;
  const action = uuid();
  const value = button.value === "true";
  const entry = { play, action, sent: true };
  done.push(entry);
  if (done.length > 50) done.shift();
  form.closest("details").open = false;
  if (away === undefined) showFlag(play, value);
  else {
    hand.shift();
    gradedAt.set(card, ++tick);
    layNext();
  }
  $("[data-undo]").hidden = false;
  say(word ?? (value ? said.flagged : said.unflagged));
  entry.sending = (async () => {
    await flush(heard);
    const request = act === "delete" ? [`?action_id=${action}`, { method: "DELETE" }]
      : ["", { method: "PATCH", headers: { "content-type": "application/json" }, body: JSON.stringify({ [act]: value, action_id: action }) }];
    const answer = await fetch(`/api/v1/cards/${card}${request[0]}`, request[1]).catch(() => null);
    if (answer?.ok) {
      if (act !== "delete") play.dataset.revision = (await answer.json()).revision;
      if (away !== undefined) gradedAt.set(card, ++tick);
      return refill();
    }
    done.splice(done.indexOf(entry), 1);
    gradedAt.delete(card);
    if (answer?.status === 404) return say(said.missing), refill();
    if (away === undefined) showFlag(play, !value);
    else hand = [play, ...hand.filter((other) => idOf(other) !== card)], lay(play);
    say(said.failed);
  })();
}

function showFlag(play, flagged) {
  const button = $("[data-act=flagged] button", play);
  if (!button) return;
  button.value = String(!flagged);
  button.firstElementChild.textContent = flagged ? said.unflag : said.flag;
}

/* Keeping cards at hand */

let refilling = null;
let again = false;

function refill() {
  if (refilling) { again = true; return refilling; }
  refilling = fetchHand().finally(() => {
    refilling = null;
    if (again) { again = false; refill(); }
  });
  return refilling;
}

async function fetchHand() {
  const asked = ++tick;
  const lying = idOf(hand[0]);
  const answer = await fetch(`${base}/study/ahead?n=${AT_HAND}${lying ? `&on=${lying}` : ""}`, { cache: "no-store" }).catch(() => null);
  if (!answer?.ok) return false;
  const fresh = $("[data-ready]", new DOMParser().parseFromString(await answer.text(), "text/html"));
  if (!fresh) return false;
  const unsent = new Set(pending().map(({ card }) => card));
  // A card answered after the question was asked is in this reply by mistake.
  const isOpen = (play) => !unsent.has(idOf(play)) && !isOld(play) && !((gradedAt.get(idOf(play)) ?? 0) > asked);
  const plays = [...fresh.querySelectorAll("[data-card]")].filter(isOpen).map((play) => document.adoptNode(play));
  if ("takenAway" in fresh.dataset && lying === idOf(hand[0]) && isOpen(hand[0])) {
    hand.shift();
    say(said.missing);
  }
  const current = hand[0];
  const same = plays.find((play) => idOf(play) === idOf(current));
  // What was read before the card was changed here is no news of it.
  const keeps = current && (!same || Number(same.dataset.revision) <= Number(current.dataset.revision));
  hand = keeps ? [current, ...plays.filter((play) => play !== same)] : plays;
  for (const slot of fresh.querySelectorAll("[data-slot]")) fill(slot);
  ready = Number(fresh.dataset.ready);
  drawEdges(ready);
  const notice = $("[data-notice]", fresh);
  if (hand.length) lay(hand[0]);
  else if (notice && $("[data-notice]")?.innerHTML !== notice.innerHTML) lay(document.adoptNode(notice));
  return true;
}

function fill(slot) {
  const here = $(`[data-slot="${slot.dataset.slot}"]`);
  if (!here) return;
  if (here.className !== slot.className && slot.className) here.className = slot.className;
  if (here.innerHTML !== slot.innerHTML) here.innerHTML = slot.innerHTML;
}

// One long question to the server at a time: with cards at hand, whether the stack grew; without, whether there is a card.
async function follow() {
  for (let failures = 0; ; ) {
    if (document.hidden) await new Promise((seen) => addEventListener("visibilitychange", seen, { once: true }));
    const began = performance.now();
    const waits = !hand.length;
    if (!waits && !base) { await sleep(25_000); await refill(); continue; }
    poll = new AbortController();
    try {
      const question = waits ? "next?wait=25" : `ready?seen=${ready}&wait=25`;
      const answer = await fetch(`/api/v1${base}/${question}`, { signal: poll.signal, cache: "no-store" });
      if (!answer.ok) throw new Error(answer.status);
      const state = await answer.json();
      if (failures) { say(""); showConnection(true); send(); }
      failures = 0;
      if (waits ? true : state.ready !== ready) await refill();
      // A final reason answers at once, and would again: ask seldom, or when it says.
      if (waits && !hand.length && performance.now() - began < 1000) {
        const retry = (Date.parse(state.retry_at) || Infinity) - Date.now();
        await sleep(Math.min(Math.max(retry, 1000), state.reason === "waiting" ? 1000 : 20_000));
      } else if (performance.now() - began < 300) await sleep(300);
    } catch (error) {
      if (error.name === "AbortError") continue;
      const pause = Math.min(30, 2 ** failures++);
      showConnection(false);
      if (waits || pending().length) say(inSeconds(said.outOfReach, pause) + (pending().length ? ` ${said.areKept}` : ""));
      await sleep(pause * 1000);
    }
  }
}

// A wait that grows long is told in seconds, to the eye only: a screen reader heard the sentence.
setInterval(() => {
  const waited = Math.round((performance.now() - shownAt) / 1000);
  $("[data-elapsed]").textContent = $(".desk > [data-live]") && waited > 7 ? inSeconds(said.elapsed, waited) : "";
}, 1000);

/* Hands on the desk */

const help = $("[data-keys]");
const press = (selector) => $(selector, desk)?.click();

addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("[data-reveal]")) reveal();
  else if (form.matches("[data-grades]")) grade(event.submitter.value);
  else if (form.matches("[data-undo]")) undo();
  else if (form.matches("[data-act]")) act(form, event.submitter);
  else return;
  event.preventDefault();
});

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing || help.open) return;
  if (event.target.closest("input, textarea, select")) return;
  const { key } = event;
  if (key === " " || key === "Enter") {
    if (event.target.closest("button, a, summary")) return;
    if (!hand[0]) return;
    if (parts(hand[0]).answer.hidden) reveal();
    else grade("good");
  } else if (/^[1-4]$/.test(key)) press(`[data-grades]:not([hidden]) [data-key="${key}"]`);
  else if (key.toLowerCase() === "u") undo();
  else if (/^([abefis!]|Delete|Backspace)$/i.test(key)) press(`.menu [data-key="${key === "Backspace" ? "delete" : key.toLowerCase()}"]`);
  else if (key === "Escape") closeMenus();
  else if (key === "?") help.showModal();
  else return;
  event.preventDefault();
});

$("[data-help]").hidden = false;
$("[data-help]").addEventListener("click", () => help.showModal());

// A menu closes when the hand goes elsewhere, or with Escape: then the focus stays with what opened it.
function closeMenus(target = null) {
  for (const menu of document.querySelectorAll("details[open]")) {
    if (menu.contains(target)) continue;
    if (menu.contains(document.activeElement) && !target) $("summary", menu).focus();
    menu.open = false;
  }
}
addEventListener("click", ({ target }) => closeMenus(target));

function showConnection(isThere) {
  $("[data-no-connection]").hidden = isThere && navigator.onLine;
}
showConnection(true);
addEventListener("offline", () => showConnection(false));
addEventListener("online", () => { showConnection(true); send(); });
addEventListener("storage", dropAnswered);
// A tab that was out of sight may show what is long gone.
addEventListener("visibilitychange", () => { if (!document.hidden) refill(); });

const unsent = new Set(pending().map(({ card }) => card));
const laid = $(".desk > [data-card]");
hand = [laid, ...$("[data-hand]").content.children].filter((play) => play && !unsent.has(idOf(play)) && !isOld(play));
if (unsent.size || (hand[0] ?? null) !== laid) { layNext(); send(); }
follow();
