// Pages of plain forms by keyboard: a key presses the button that names it; a text is copied with one press.
const said = document.querySelector("[data-said]");

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing) return;
  if (event.target.closest("input, textarea, select")) return;
  const key = event.key === "Enter" ? " " : event.key;
  if (key === " " && event.target.closest("button, a, summary")) return;
  const button = [...document.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key) ?? (key === " " ? document.querySelector("[data-default]") : null);
  if (!button) return;
  event.preventDefault();
  button.click();
});

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const text = document.getElementById(button.dataset.copy);
    text.select();
    try {
      await navigator.clipboard.writeText(text.value);
      said.textContent = said.dataset.copied;
    } catch {
      said.textContent = said.dataset.byHand;
    }
  });
}

// In a form: Ctrl+Enter saves, Escape leaves it if nothing was typed.
for (const form of document.querySelectorAll("form[data-typed]")) {
  form.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit(form.querySelector("button.primary"));
    else if (event.key === "Escape" && [...form.elements].every((field) => field.value === (field.defaultValue ?? field.value))) form.querySelector("[data-cancel]").click();
    else return;
    event.preventDefault();
  });
}
