// The page speaks the language the bot answers in: who writes Tigrinya need not look for a switch.

const TEXTS = ["title", "h1", ".skip", "#jump", "#send", "label[for=text]", "#intro .lead", "#intro .small"];
const ATTRIBUTES = [["#log", "aria-label"], ["#text", "placeholder"], [".languages", "aria-label"], ["body", "data-words"],
  ["body", "data-hidden-title"], ["html", "lang"], ["html", "dir"]];

function takeOver(other) {
  const both = (selector) => [document.querySelector(selector), other.querySelector(selector)];
  for (const selector of TEXTS) {
    const [here, there] = both(selector);
    here.textContent = there.textContent;
  }
  for (const [selector, name] of ATTRIBUTES) {
    const [here, there] = both(selector);
    here.setAttribute(name, there.getAttribute(name));
  }
  const [hide, hideThere] = both("#hide");
  hide.lastChild.data = hideThere.lastChild.data;
  for (const link of document.querySelectorAll("[data-language]")) {
    if (link.lang === document.documentElement.lang) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

// words: the script's words, renewed in place; done(): called after the page changed its language.
export async function follow(language, words, done) {
  const link = document.querySelector(`[data-language="${CSS.escape(language)}"]`);
  if (!link || language === document.documentElement.lang) return;
  try {
    const answer = await fetch(link.href, { credentials: "same-origin" });
    if (!answer.ok) return;
    takeOver(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    return; // no network: the next answer asks again
  }
  history.replaceState(null, "", link.href); // also after a reload
  Object.assign(words, JSON.parse(document.body.dataset.words));
  done();
}
