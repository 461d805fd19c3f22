// What the resident sends: shown at once, sent one after the other, tried again until the server has it.
// Every item has an id of its own, so that trying again never doubles it.

import { Refused, sendMessage } from "./wire.js";
import { newId, ofThisTab } from "./store.js";

const LONGEST_WAIT = 30;

export class Outbox {
  // session: {ensure(), lost()}; onSent: after each message that arrived.
  constructor(log, words, session, onSent) {
    Object.assign(this, { log, words, session, onSent });
    this.queue = [];
    this.stored = ofThisTab.get("unsent") || [];
    this.failures = this.lost = 0;
    window.addEventListener("online", () => this.flush());
  }

  // Unsent words of before a reload.
  restore() {
    const stored = this.stored;
    this.stored = [];
    for (const item of stored) this.enqueue(item);
    this.flush();
  }

  add(item) {
    const row = this.enqueue({ ...item, id: newId() });
    this.flush();
    return row;
  }

  enqueue(item) {
    this.queue.push(item);
    this.save();
    return this.log.expect(item);
  }

  save() {
    ofThisTab.set("unsent", [...this.stored, ...this.queue]);
  }

  drop(item) {
    this.queue = this.queue.filter((other) => other !== item);
    this.save();
  }

  clear() {
    this.queue = this.stored = [];
    this.save();
  }

  // The conversation is gone: a button belonged to it; words are still meant, also those of before a reload.
  keepWords() {
    const words = (items) => items.filter((item) => !item.payload);
    const again = words(this.queue);
    this.stored = words(this.stored);
    this.queue = [];
    this.save();
    for (const item of again) this.enqueue(item);
    this.flush();
  }

  async flush() {
    clearTimeout(this.timer);
    if (this.running) return;
    this.running = true;
    while (this.queue.length && (await this.tryFirst(this.queue[0])));
    this.running = false;
  }

  // True when the next one may be tried at once.
  async tryFirst(item) {
    this.log.state(item, this.words.sending);
    try {
      await this.session.ensure();
      const { id, text, payload } = item;
      const stored = await sendMessage(payload ? { id, payload } : { id, text });
      this.failures = this.lost = 0;
      this.drop(item);
      this.log.confirm(item, stored.id);
      this.onSent(stored.id);
      return true;
    } catch (error) {
      return error instanceof Refused ? this.refused(item, error) : this.later(item);
    }
  }

  refused(item, error) {
    if (error.status === 401) return this.sessionLost();
    if (error.status === 429 || error.status >= 500) return this.later(item, error);
    this.drop(item);
    this.log.refuse(item, error.message || this.words.not_sent);
    if (item.payload) this.log.reopen(item.label);
    return true;
  }

  sessionLost() {
    this.session.lost();
    this.lost += 1;
    if (this.lost < 3 || !this.queue.length) return true;
    return this.later(this.queue[0]);
  }

  later(item, error) {
    this.failures += 1;
    const seconds = error ? error.waitSeconds : Math.min(LONGEST_WAIT, 2 ** this.failures);
    this.timer = setTimeout(() => this.flush(), seconds * 1000);
    const text = error?.status === 429 ? error.message : this.words.not_sent;
    this.log.state(item, text, { label: this.words.retry, run: () => this.flush() });
    for (const other of this.queue.slice(1)) this.log.state(other, this.words.not_sent);
    return false;
  }
}
