// One handover: it refreshes by itself, and a text being written is never lost.
const DRAFT_LASTS = 24 * 3600 * 1000;
const live = document.getElementById("live");
const user = document.body.dataset.user;
const id = live?.dataset.handover ?? location.pathname.split("/")[3];
const key = `desk:draft:${user}:${id}`;

// --- the draft ------------------------------------------------------------------------------------------------

function draft(place = key) {
  try {
    const kept = JSON.parse(localStorage.getItem(place));
    return kept && Date.now() - kept.at < DRAFT_LASTS ? kept : null;
  } catch {
    return null;
  }
}

function keep(text, client, tried, place = key) {
  try {
    if (text.trim()) localStorage.setItem(place, JSON.stringify({ text, client, tried, at: Date.now() }));
    else localStorage.removeItem(place);
  } catch { /* private mode: the text is still in the page */ }
}

function forget() {
  localStorage.removeItem(key);
}

// A note and translations: boxes of forms that are answered with a whole page, each with a draft of its own.
const BOXES = "#note, textarea[name^='t-']";
const placeOf = (box) => `${key}:${box.id}`;
const otherDrafts = () => Object.keys(localStorage).filter((place) => place.startsWith(`${key}:`) && draft(place));

function forgetAll() {
  forget();
  otherDrafts().forEach((place) => localStorage.removeItem(place));
}

function prepareBoxes() {
  // What was sent is kept now, or stands in this answer.
  const answered = document.querySelector("main > .done, main > .error");
  for (const place of otherDrafts()) if (answered && draft(place).tried) localStorage.removeItem(place);
  for (const box of document.querySelectorAll(BOXES)) {
    const kept = draft(placeOf(box));
    if (box.defaultValue) keep(box.defaultValue, null, false, placeOf(box));
    else if (kept && !box.value) {
      box.value = kept.text;
      box.closest("details")?.setAttribute("open", "");
    }
  }
}

document.addEventListener("input", ({ target }) => {
  if (target.matches(BOXES)) keep(target.value, null, false, placeOf(target));
});
document.addEventListener("submit", ({ target }) => {
  for (const box of target.querySelectorAll(BOXES)) keep(box.value, null, true, placeOf(box));
});

function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

const form = () => document.getElementById("compose");
const text = () => document.getElementById("text");

function say(message) {
  const error = document.getElementById("write-error");
  error.textContent = message;
  error.hidden = !message;
}

function prepare() {
  if (!form()) return;
  if (form().hasAttribute("data-sent")) {
    form().removeAttribute("data-sent");
    document.querySelector(".done")?.remove(); // "write your first message" is over
    forget();
    text().focus();
    return;
  }
  const kept = draft();
  if (kept && !text().value) text().value = kept.text;
  // The same text under the same id: sent twice it is still one message.
  if (kept && kept.text === text().value) form().client_id.value = kept.client;
}

document.addEventListener("input", (event) => {
  if (event.target !== text()) return;
  if (draft()?.tried) form().client_id.value = newId(); // another text is another message
  keep(text().value, form().client_id.value, false);
});

document.addEventListener("keydown", (event) => {
  if (event.target === text() && event.key === "Enter" && (event.ctrlKey || event.metaKey)) form().requestSubmit();
});

document.addEventListener("submit", (event) => {
  if (event.target === form()) keep(text().value, form().client_id.value, true);
});

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target === form()) { say(""); text().readOnly = true; }
});
document.addEventListener("htmx:afterRequest", (event) => { if (event.target === form()) text().readOnly = false; });
for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, (event) => { if (event.target === form()) say(form().dataset.lost); });
}
document.addEventListener("htmx:responseError", (event) => {
  if (event.target === form()) say(form().dataset.refused);
  else if (event.target === live && event.detail.xhr.status === 404) location.reload();
});

// --- the page refreshes by itself -----------------------------------------------------------------------------

const thread = () => document.getElementById("thread");
// Counted by the server: of a long conversation only the last messages are here.
const said = () => Number(thread()?.dataset.said ?? 0);
const atEnd = (box) => box.scrollHeight - box.scrollTop - box.clientHeight < 40;
let heard = said();
let follow = true;

document.addEventListener("htmx:oobBeforeSwap", (event) => {
  if (event.detail.target === thread()) follow = atEnd(thread());
});
document.addEventListener("htmx:oobAfterSwap", () => {
  if (!thread()) return;
  if (follow) thread().scrollTop = thread().scrollHeight;
  if (said() > heard) {
    document.getElementById("writing").textContent = "";
    document.getElementById("news").textContent = live.dataset.news;
    document.body.dispatchEvent(new CustomEvent("desk:news"));
  }
  heard = said();
});
document.addEventListener("htmx:afterSettle", prepare);

// News is shown at once; what comes right behind it is fetched together.
let writing = 0;
document.body.addEventListener("desk:typing", ({ detail }) => {
  const sign = document.getElementById("writing");
  if (detail.handover !== id || !sign) return;
  sign.textContent = sign.dataset.words;
  clearTimeout(writing);
  writing = setTimeout(() => { sign.textContent = ""; }, 7000);
});

let waiting = 0;
let last = 0;
function refresh() {
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    last = Date.now();
    live.dispatchEvent(new CustomEvent("desk:refresh"));
  }, Math.max(0, last + 300 - Date.now()));
}

if (live) {
  document.body.addEventListener("desk:changed", ({ detail }) => { if (!detail.handover || detail.handover === id) refresh(); });
  setInterval(() => { if (!document.hidden) refresh(); }, 20000);
  prepare();
  prepareBoxes();
  if (thread()) thread().scrollTop = thread().scrollHeight;
  if (live.dataset.phase === "withdrawn") forgetAll();
  else if (leftovers().length) showLeftover();
} else {
  forgetAll(); // the handover is gone, and with it what was being written about it
}

// Drafts whose box is not on the page any more.
function leftovers() {
  const others = otherDrafts().filter((place) => !document.getElementById(place.slice(key.length + 1)));
  return !form() && draft() ? [key, ...others] : others;
}

function showLeftover() {
  const box = document.getElementById("leftover");
  const places = leftovers();
  document.getElementById("leftover-text").textContent = places.map((place) => draft(place).text).join("\n\n");
  document.getElementById("leftover-drop").addEventListener("click", () => {
    places.forEach((place) => localStorage.removeItem(place));
    box.hidden = true;
  });
  box.hidden = false;
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    const rows = [...document.querySelectorAll(`#${button.dataset.copy} > div`)];
    await navigator.clipboard.writeText(rows.map((row) => row.innerText.replace(/\n+/, ": ")).join("\n"));
    document.getElementById("news").textContent = button.dataset.copied;
    button.textContent = button.dataset.copied;
  });
}
