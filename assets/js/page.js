// On every page: tell the server the time zone, and send answers that an earlier page could not.
import { flush } from "./outbox.js";

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
for (const field of document.querySelectorAll("[data-time-zone]")) field.value = zone ?? "";

// What was told or shown once is not when the page is opened anew.
const address = new URL(location);
const once = ["told", "show"].filter((name) => address.searchParams.has(name));
for (const name of once) address.searchParams.delete(name);
if (once.length) history.replaceState(history.state, "", address);

// The study page sends them itself: it has words for what happens.
if (!document.querySelector("[data-base]")) flush();

// The keys of pages that are no study page.
const keys = document.querySelector("[data-everywhere]");
if (keys) {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.target.closest("input, textarea, select")) return;
    const search = document.querySelector("#q");
    if (event.key === "?") keys.showModal();
    else if (event.key === "/" && search) search.focus();
    else return;
    event.preventDefault();
  });
}

// Nothing that a page needs to be used waits for this.
addEventListener("load", () => import("./offline.js"));
