// Shows that something waits, when the desk is closed: the notice that woke it is empty, so it cannot say more.
const WORDS = { nl: "Er staat iets klaar", en: "Something is waiting" };
const words = WORDS[new URL(self.location).searchParams.get("lang")] ?? WORDS.nl;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

const desks = () => self.clients.matchAll({ type: "window", includeUncontrolled: true }).then((open) =>
  open.filter((page) => new URL(page.url).pathname.startsWith("/desk/")));

self.addEventListener("push", (event) => {
  event.waitUntil(desks().then((open) => {
    if (open.some((page) => page.visibilityState === "visible")) return undefined; // who looks at the desk sees it
    return self.registration.showNotification(words, { tag: "desk" }); // a second one takes its place
  }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(desks().then((open) => (open.length ? open[0].focus() : self.clients.openWindow("/desk/home"))));
});
