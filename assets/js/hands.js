// Other hands on the desk: a swipe on a phone, and the card read aloud where this device has a voice for its language.
const $ = (selector, root = document) => root.querySelector(selector);
const desk = $(".desk");
const play = () => $(".desk > .play[data-card]");
const quick = matchMedia("(prefers-reduced-motion: reduce)");

/* A swipe: up or a tap shows the answer; right is "knew it", left "didn't know". Slow drags, scrolls and pinches are none. */

const FAR = 72;
const QUICK = 600;
let start = null;

desk.addEventListener("touchstart", (event) => {
  const card = event.target.closest(".card");
  const isOne = event.touches.length === 1 && card && play() && !event.target.closest("a, button, summary, pre, math");
  start = isOne ? { x: event.touches[0].clientX, y: event.touches[0].clientY, at: event.timeStamp, card } : null;
}, { passive: true });

desk.addEventListener("touchmove", (event) => {
  if (!start || event.touches.length !== 1) return drop();
  const [dx, dy] = [event.touches[0].clientX - start.x, event.touches[0].clientY - start.y];
  // The card follows the finger once it is clear that this is no scroll.
  const follows = Math.abs(dx) > 16 && Math.abs(dx) > 2 * Math.abs(dy) && isOpen();
  start.card.classList.toggle("leans-left", follows && dx < 0);
  start.card.classList.toggle("leans-right", follows && dx > 0);
}, { passive: true });

desk.addEventListener("touchend", (event) => {
  if (!start) return;
  const { x, y, at } = start;
  const [dx, dy] = [event.changedTouches[0].clientX - x, event.changedTouches[0].clientY - y];
  const isSwipe = event.timeStamp - at < QUICK && Math.abs(dx) > FAR && Math.abs(dx) > 2 * Math.abs(dy);
  const isTap = event.timeStamp - at < 300 && Math.hypot(dx, dy) < 8 && !getSelection()?.toString();
  drop();
  if (!isOpen()) {
    if (isSwipe || isTap) $("[data-reveal] button", play())?.click();
  } else if (isSwipe) {
    $(`[data-grades] [value="${dx > 0 ? "good" : "again"}"]`, play())?.click();
  }
});
desk.addEventListener("touchcancel", drop);

function drop() {
  start?.card.classList.remove("leans-left", "leans-right");
  start = null;
}

function isOpen() {
  return play() && !$("[data-answer]", play()).hidden;
}

/* Read aloud */

const button = $("[data-aloud]");
const speech = self.speechSynthesis;
const SCRIPTS = [["ja", /[\u3040-\u30ff]/], ["ko", /[\uac00-\ud7af]/], ["zh", /[\u4e00-\u9fff]/], ["ar", /[\u0600-\u06ff]/], ["he", /[\u0590-\u05ff]/], ["ru", /[\u0400-\u04ff]/], ["el", /[\u0370-\u03ff]/], ["hi", /[\u0900-\u097f]/], ["th", /[\u0e00-\u0e7f]/]];

/** The deck's language if it has one; else what the script tells; else the browser's own. */
function languageOf(text) {
  const told = SCRIPTS.find(([, letters]) => letters.test(text))?.[0];
  return told ?? (desk.dataset.language || navigator.language);
}

function voiceFor(language) {
  const short = language.split("-")[0].toLowerCase();
  const fits = speech.getVoices().filter((voice) => voice.lang.toLowerCase().replace("_", "-").split("-")[0] === short);
  return fits.find((voice) => voice.localService && voice.default) ?? fits.find((voice) => voice.localService) ?? fits[0];
}

function textOf(part) {
  const copy = part.cloneNode(true);
  for (const silent of copy.querySelectorAll("pre, .unseen, annotation")) silent.remove();
  return copy.textContent.trim();
}

function readAloud() {
  if (!play() || button.hidden) return;
  if (speech.speaking) return speech.cancel();
  const text = textOf($(isOpen() ? "[data-answer]" : "[data-question]", play()));
  const language = languageOf(text);
  const voice = voiceFor(language);
  if (!voice || !text) return;
  const words = Object.assign(new SpeechSynthesisUtterance(text), { voice, lang: voice.lang });
  speech.speak(words);
}

/** The button is there only where a voice for the card on the desk is. */
function offer() {
  if (!speech || !button) return;
  const text = play() ? textOf($("[data-question]", play())) : "";
  button.hidden = !text || !voiceFor(languageOf(text));
}

if (speech && button) {
  offer();
  speech.addEventListener?.("voiceschanged", offer);
  button.addEventListener("click", readAloud);
  new MutationObserver(() => { speech.cancel(); offer(); }).observe(desk, { childList: true });
  addEventListener("pagehide", () => speech.cancel());
  addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "r" || event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.target.closest("input, textarea, select, dialog")) return;
    readAloud();
  });
}
if (quick.matches) desk.classList.add("still");
