// The list of cards: tick all, tick a stretch with Shift, and say how many are ticked. Without it each box is ticked by hand.
const bulk = document.querySelector("[data-bulk]");
const picks = [...document.querySelectorAll("[data-pick]")];
const all = document.querySelector("[data-all]");
let last = null;

function tell() {
  const count = picks.filter((pick) => pick.checked).length;
  bulk.querySelector("[data-chosen]").textContent = count ? (count === 1 ? bulk.dataset.one : bulk.dataset.many).replace("{n}", count) : bulk.getAttribute("aria-label");
  bulk.classList.toggle("is-empty", !count);
  if (count && !bulk.querySelector("details").open) bulk.querySelector("details").open = true;
  const box = all.querySelector("input");
  box.checked = count === picks.length;
  box.indeterminate = count > 0 && count < picks.length;
}

if (bulk) {
  all.hidden = false;
  all.addEventListener("change", ({ target }) => {
    for (const pick of picks) pick.checked = target.checked;
    tell();
  });
  for (const pick of picks) pick.addEventListener("click", (event) => {
    if (event.shiftKey && last) {
      const [from, to] = [picks.indexOf(last), picks.indexOf(pick)].sort((a, b) => a - b);
      for (const one of picks.slice(from, to + 1)) one.checked = pick.checked;
    }
    last = pick;
    tell();
  });
  tell();
}
