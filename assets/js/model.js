// The download on the page, live: the same page is asked for again and its middle put in place.
const middle = () => document.querySelector("[data-model]");

async function look() {
  try {
    const response = await fetch("/model", { headers: { accept: "text/html" } });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = page.querySelector("[data-model]");
    if (!fresh?.querySelector("progress")) return location.reload();
    middle().replaceWith(document.adoptNode(fresh));
  } catch {
    // The server is not reached: the next look may.
  }
  setTimeout(look, 1000);
}

setTimeout(look, 1000);
