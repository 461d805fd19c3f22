// A notification of the browser, for who asked for it on this device: that something waits, never who or what.
const KEY = "desk:notify";
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

function paint() {
  const on = wanted();
  for (const part of box.querySelectorAll("[data-when]")) part.hidden = part.dataset.when !== (on ? "on" : "off");
  box.querySelector("[data-refused]").hidden = !can || Notification.permission !== "denied";
}

async function turn(on) {
  if (on && (await Notification.requestPermission()) !== "granted") return paint();
  localStorage.setItem(KEY, on ? "on" : "off");
  return paint();
}

if (box && can) {
  box.hidden = false;
  box.querySelector("[data-turn=on]").addEventListener("click", () => turn(true));
  box.querySelector("[data-turn=off]").addEventListener("click", () => turn(false));
  paint();
}
