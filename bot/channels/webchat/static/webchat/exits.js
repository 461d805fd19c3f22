// Ways out of the page: hiding it at once, and another language.

import { ofThisTab } from "./store.js";
import { chooseLanguage } from "./wire.js";

const TWICE_WITHIN_MS = 1000;

// page: {hide, hiddenTitle}; tellOthers(): other tabs of the chat hide too.
export function watchExits(page, hasSession, tellOthers) {
  function hide(here = true) {
    // First nothing is to be seen, then the neutral page is asked for: the network may be slow.
    document.body.replaceChildren();
    document.title = page.hiddenTitle;
    ofThisTab.clear();
    if (here) tellOthers();
    location.replace(page.hide);
  }

  const button = document.getElementById("hide");
  button.addEventListener("click", (event) => {
    event.preventDefault();
    hide();
  });
  button.addEventListener("keydown", (event) => {
    if (event.key !== " ") return;
    event.preventDefault();
    hide();
  });

  let escapedAt = -Infinity;
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.repeat) return;
    if (event.timeStamp - escapedAt < TWICE_WITHIN_MS) hide();
    escapedAt = event.timeStamp;
  });

  for (const link of document.querySelectorAll("[data-language]")) {
    link.addEventListener("click", async (event) => {
      event.preventDefault();
      // The page's language changes also when the choice cannot be stored now.
      if (hasSession()) await chooseLanguage(link.dataset.language).catch(() => null);
      // No trace more in the browser's history than needed.
      location.replace(link.href);
    });
  }
  return { hide };
}
