// What comes in. One tab of the browser holds the stream and passes everything on to the others; a tab that becomes
// visible takes the lead, since a hidden one may be put to sleep. Without Web Locks every tab has its own stream.

import { streamAddress } from "./wire.js";

const LOCK = "chat-stream";
const LONGEST_WAIT = 30;

export class Feed {
  // on: {messages(list), typing(), wiped(farewell), hide(), lost(), back(), resync()}; last(): the highest position shown.
  constructor(last, on) {
    Object.assign(this, { last, on, failures: 0, wanted: false });
    this.channel = "BroadcastChannel" in window ? new BroadcastChannel("chat") : null;
    this.channel?.addEventListener("message", ({ data }) => this.on[data.kind]?.(data.value));
    document.addEventListener("visibilitychange", () => this.becameVisible());
    window.addEventListener("online", () => this.source && this.reopen());
  }

  tell(kind, value) {
    this.channel?.postMessage({ kind, value });
  }

  start() {
    if (this.wanted) return;
    this.wanted = true;
    if (this.channel && navigator.locks) this.lead(document.visibilityState === "visible");
    else this.open();
  }

  stop() {
    this.wanted = false;
    this.close();
    this.turn?.abort();
    this.release?.();
  }

  // Waits for the lead, or takes it (steal). A lead that was taken from us rejects: then we wait again.
  lead(steal) {
    this.turn?.abort();
    this.turn = new AbortController();
    const options = steal ? { steal: true } : { signal: this.turn.signal };
    const turn = this.turn;
    navigator.locks
      .request(LOCK, options, () => this.holdLead(turn))
      .catch(() => this.lostLead(turn));
  }

  holdLead(turn) {
    if (turn.signal.aborted) return undefined;
    this.leads = true;
    this.open();
    return new Promise((resolve) => (this.release = resolve));
  }

  lostLead(turn) {
    if (turn !== this.turn || turn.signal.aborted) return;
    this.leads = false;
    this.close();
    if (this.wanted) this.lead(false);
  }

  becameVisible() {
    if (!this.wanted || document.visibilityState !== "visible") return;
    this.on.resync();
    if (this.channel && navigator.locks && !this.leads) this.lead(true);
  }

  open() {
    this.close();
    const source = new EventSource(streamAddress(this.last()));
    this.source = source;
    source.addEventListener("open", () => this.opened());
    source.addEventListener("message", (event) => this.pass("messages", [JSON.parse(event.data)]));
    source.addEventListener("typing", () => this.pass("typing"));
    source.addEventListener("wiped", (event) => this.pass("wiped", JSON.parse(event.data)));
    source.addEventListener("error", () => this.broken());
  }

  pass(kind, value) {
    this.tell(kind, value);
    this.on[kind](value);
  }

  close() {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = null;
  }

  opened() {
    if (this.failures) this.on.back();
    this.failures = 0;
  }

  // Our own delay: a browser gives up for good after a refusal, such as while the server restarts.
  broken() {
    this.close();
    if (!this.wanted) return;
    this.failures += 1;
    if (this.failures > 1) this.on.lost();
    const seconds = Math.min(LONGEST_WAIT, 2 ** (this.failures - 1)) * (0.75 + Math.random() / 2);
    this.timer = setTimeout(() => this.reopen(), seconds * 1000);
  }

  // Asking for the history first tells a session that is gone from a connection that is lost.
  async reopen() {
    clearTimeout(this.timer);
    const answered = await this.on.resync();
    if (!this.wanted) return;
    if (answered) this.open();
    else this.broken();
  }
}
