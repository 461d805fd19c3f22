// A notification of the browser, for who asked for it on this device: that something waits, never who or what.
const KEY = "desk:notify";
const CLOSED = "desk:notify-closed"; // also while the desk is closed
const can = "Notification" in self;
const wanted = () => {
  try { return can && localStorage.getItem(KEY) === "on" && Notification.permission === "granted"; } catch { return false; }
};
const isQuiet = () => [...document.querySelectorAll("[data-quiet]")].some((e) => e.dataset.quiet);

// Who looks at the page sees it; quiet hours and days away are the server's to know.
document.body.addEventListener("desk:news", () => {
  if (!document.hidden || !wanted() || isQuiet()) return;
  const shown = new Notification(document.body.dataset.notice, { tag: "desk" }); // a second one takes its place
  shown.onclick = () => { self.focus(); shown.close(); };
});

// --- the switch under the own name ------------------------------------------------------------------------------
const box = document.getElementById("notify");
const mayPush = () => box.dataset.key && "serviceWorker" in navigator && "PushManager" in self;

function paint() {
  const on = wanted();
  for (const part of box.querySelectorAll("[data-when]")) part.hidden = part.dataset.when !== (on ? "on" : "off");
  box.querySelector("[data-refused]").hidden = !can || Notification.permission !== "denied";
  box.querySelector("[data-open-only]").hidden = !on || localStorage.getItem(CLOSED) === "on";
}

// A mailbox at the maker of the browser: then a notice comes too when the desk is closed.
async function tell(turned, address) {
  const body = new URLSearchParams({ turn: turned, address, csrfmiddlewaretoken: box.querySelector("[name=csrfmiddlewaretoken]").value });
  return (await fetch(box.dataset.push, { method: "POST", body })).ok;
}

async function openMailbox() {
  const worker = await navigator.serviceWorker.register(box.dataset.worker, { scope: "/desk/" });
  await navigator.serviceWorker.ready;
  const letters = atob(box.dataset.key.replaceAll("-", "+").replaceAll("_", "/"));
  const key = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
  const made = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  return tell("on", made.endpoint);
}

async function closeMailbox() {
  const worker = await navigator.serviceWorker.getRegistration("/desk/");
  const made = await worker?.pushManager.getSubscription();
  if (!made) return;
  await tell("off", made.endpoint);
  await made.unsubscribe();
}

async function turn(on) {
  if (on && (await Notification.requestPermission()) !== "granted") return paint();
  localStorage.setItem(KEY, on ? "on" : "off");
  let closed = false; // where it cannot, or its maker does not answer, an open desk still tells
  try { if (mayPush()) closed = on ? await openMailbox() : (await closeMailbox(), false); } catch { closed = false; }
  localStorage.setItem(CLOSED, closed ? "on" : "off");
  return paint();
}

if (box && can) {
  box.hidden = false;
  box.querySelector("[data-turn=on]").addEventListener("click", () => turn(true));
  box.querySelector("[data-turn=off]").addEventListener("click", () => turn(false));
  paint();
}
