// One stream per browser: the tab that holds the lock listens and tells the others. News is only "look again".
const body = document.body;
const offline = document.getElementById("offline");
const channel = "BroadcastChannel" in self ? new BroadcastChannel("desk") : null;
const OFFLINE_AFTER = 4000;
const AGAIN_AFTER = 10000;
let offlineTimer = 0;

function connected(yes) {
  clearTimeout(offlineTimer);
  if (yes) offline.hidden = true;
  else offlineTimer = setTimeout(() => { offline.hidden = false; }, OFFLINE_AFTER);
}

function pass(news) {
  if ("connected" in news) connected(news.connected);
  else if (news.typing) body.dispatchEvent(new CustomEvent("desk:typing", { detail: news }));
  else body.dispatchEvent(new CustomEvent("desk:changed", { detail: news }));
}

function tell(news) {
  pass(news);
  channel?.postMessage(news);
}

// Resolves when the stream is refused for good (signed out, too many), so that another tab may try.
function listen() {
  return new Promise((resolve) => {
    const source = new EventSource(body.dataset.stream);
    source.addEventListener("open", () => tell({ connected: true }));
    source.addEventListener("change", (event) => tell(JSON.parse(event.data)));
    source.addEventListener("typing", (event) => tell({ ...JSON.parse(event.data), typing: true }));
    source.addEventListener("error", () => {
      tell({ connected: false });
      if (source.readyState === EventSource.CLOSED) resolve();
    });
  });
}

async function keepListening() {
  for (;;) {
    if (navigator.locks) await navigator.locks.request("desk-stream", listen);
    else await listen();
    await new Promise((done) => setTimeout(done, AGAIN_AFTER));
  }
}

if (channel) channel.onmessage = (event) => pass(event.data);
if (document.querySelector("#list, #live")) keepListening();

// --- what every page has -------------------------------------------------------------------------------------

// On a phone the rooms scroll: the one that is open is in sight.
document.querySelector(".rooms [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

// Waiting times grow, and a delivery or a look at the chat is not announced.
const list = () => document.getElementById("list");
if (list()) setInterval(() => { if (!document.hidden) pass({ handover: null }); }, 60000);

document.addEventListener("change", (event) => event.target.closest?.("form[data-auto]")?.requestSubmit());

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("[data-sign-out]")) forgetDrafts();
  if (form.matches("[data-once]")) setTimeout(() => form.querySelectorAll("button").forEach((b) => { b.disabled = true; }));
});
addEventListener("pageshow", () => document.querySelectorAll("[data-once] button").forEach((b) => { b.disabled = false; }));

function forgetDrafts() {
  for (const key of Object.keys(localStorage)) if (key.startsWith("desk:draft:")) localStorage.removeItem(key);
}

let open = Number(list()?.dataset.open ?? 0);
document.addEventListener("htmx:afterSettle", () => {
  if (!list()) return;
  const now = Number(list().dataset.open);
  if (now > open) {
    document.getElementById("news").textContent = list().dataset.news;
    body.dispatchEvent(new CustomEvent("desk:news"));
  }
  open = now;
});

// j and k walk through the list, as in many mail programs.
document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
  const tab = document.querySelector(`.tabs a[data-key="${CSS.escape(event.key)}"]`);
  if (tab) tab.click();
  const rows = [...document.querySelectorAll(".row")];
  const step = { j: 1, k: -1 }[event.key];
  if (!step || !rows.length) return;
  const at = rows.indexOf(document.activeElement);
  rows[Math.max(0, Math.min(rows.length - 1, at < 0 ? 0 : at + step))].focus();
});
