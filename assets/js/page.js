// On every page: tell the server the time zone, and send answers that an earlier page could not.
import { flush } from "./outbox.js";

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
for (const field of document.querySelectorAll("[data-time-zone]")) field.value = zone ?? "";

// The study page sends them itself: it has words for what happens.
if (!document.querySelector("[data-base]")) flush();

// Nothing that a page needs to be used waits for this.
addEventListener("load", () => import("./offline.js"));
