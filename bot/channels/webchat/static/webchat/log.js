// The conversation on the screen: messages by their position, and below them what is not sent yet.

import { Voice } from "./voice.js";

// Numbers the bot names can be called with one tap.
const PHONE = /(^|[^\d€.,])(0800[- ]?\d{4}(?:[- ]?\d{3})?|0900[- ]?\d{4}|0\d{1,3}[- ]\d{6,8}|11[23])(?![\d]|[.,]\d)/g;

function element(name, className, text) {
  const made = document.createElement(name);
  made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

// The way to a place, in a phrase of a helper's; no other address becomes a link.
const WAY = /https:\/\/www\.openstreetmap\.org\/[\w?=&%+;:/-]+/g;

function withLinks(text) {
  const parts = document.createDocumentFragment();
  let from = 0;
  for (const found of text.matchAll(WAY)) {
    const link = element("a", "way", "openstreetmap.org");
    Object.assign(link, { href: found[0], dir: "ltr", target: "_blank", rel: "noopener noreferrer" });
    parts.append(withPhoneLinks(text.slice(from, found.index)), link);
    from = found.index + found[0].length;
  }
  parts.append(withPhoneLinks(text.slice(from)));
  return parts;
}

function withPhoneLinks(text) {
  const parts = document.createDocumentFragment();
  let from = 0;
  for (const found of text.matchAll(PHONE)) {
    const start = found.index + found[1].length;
    const link = element("a", "phone", found[2]);
    link.href = `tel:${found[2].replace(/[- ]/g, "")}`;
    link.dir = "ltr";
    parts.append(text.slice(from, start), link);
    from = start + found[2].length;
  }
  parts.append(text.slice(from));
  return parts;
}

export class Log {
  constructor(words, onChoice, tell) {
    this.words = words;
    this.onChoice = onChoice;
    this.tell = tell;
    this.voices = [];
    this.list = document.getElementById("log");
    this.unsent = document.getElementById("unsent");
    this.scroller = document.getElementById("scroll");
    this.jump = document.getElementById("jump");
    this.shown = new Map();
    this.waiting = new Map();
    this.last = 0;
    this.jump.addEventListener("click", () => this.toEnd());
    this.scroller.addEventListener("scroll", () => this.atEnd() && (this.jump.hidden = true), { passive: true });
    this.speak();
  }

  // In the page's language, also what already stands there.
  speak() {
    const language = document.documentElement.lang;
    // The Latin digits that also stand on Dutch paper.
    this.clock = new Intl.DateTimeFormat(`${language}-u-nu-latn`, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    this.day = new Intl.DateTimeFormat(`${language}-u-nu-latn`, { day: "numeric", month: "long" });
    for (const row of document.querySelectorAll(".message")) {
      const author = ["resident", "helper"].find((name) => row.classList.contains(name)) || "bot";
      row.querySelector(".who").firstChild.data = this.who({ author });
    }
    for (const voice of this.voices) voice.label();
  }

  get isEmpty() {
    return this.shown.size + this.waiting.size === 0;
  }

  // Old messages are not read aloud again after a reload.
  live(on) {
    this.list.setAttribute("aria-live", on ? "polite" : "off");
  }

  add(messages) {
    const wasAtEnd = this.atEnd();
    const fresh = messages.filter((message) => !this.shown.has(message.id));
    for (const message of fresh) this.addOne(message);
    if (!fresh.length) return;
    if (wasAtEnd) this.toNews(fresh);
    else this.jump.hidden = fresh.every((message) => message.author === "resident");
  }

  // A message taller than the screen (the ticket a yes is asked for) is read from its first line, not from its last.
  toNews(fresh) {
    this.toEnd();
    const news = fresh.find((message) => message.author !== "resident");
    const row = news && this.shown.get(news.id);
    if (row && row.offsetHeight > this.scroller.clientHeight) row.scrollIntoView({ block: "start" });
  }

  addOne(message) {
    const row = this.row(message);
    this.shown.set(message.id, row);
    const tookFocus = message.author === "resident" && this.settle(message.text);
    const next = [...this.list.children].reverse().find((other) => Number(other.dataset.id) < message.id);
    if (next) next.after(row);
    else this.list.prepend(row);
    if (message.author === "resident") this.markChosen(row, message.text);
    if (tookFocus) this.focus(message.id);
    this.last = Math.max(this.last, message.id);
  }

  who(message) {
    if (message.author === "resident") return this.words.you;
    return message.author === "helper" ? this.words.person : this.words.computer;
  }

  when(at) {
    const date = new Date(at);
    const today = new Date().toDateString() === date.toDateString();
    return today ? this.clock.format(date) : `${this.day.format(date)} ${this.clock.format(date)}`;
  }

  row(message) {
    const row = element("div", `message ${message.author}`);
    row.dataset.id = message.id;
    const who = element("p", "who", this.who(message));
    if (message.at) who.append(" ", element("time", "", this.when(message.at)));
    const text = element("p", "bubble");
    text.lang = message.lang;
    text.dir = message.dir;
    text.append(message.author === "resident" ? message.text : withLinks(message.text));
    row.append(who, text);
    if (message.voice) row.append(this.voice(message.voice));
    if (message.buttons?.length) row.append(this.choices(message));
    return row;
  }

  voice(found) {
    const voice = new Voice(found, this.words, this.tell);
    this.voices.push(voice);
    return voice.place;
  }

  choices(message) {
    const group = element("div", "choices");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", this.words.choices);
    group.dir = message.dir;
    for (const { title, payload } of message.buttons) {
      const button = element("button", "choice", title);
      button.type = "button";
      button.lang = message.lang;
      button.addEventListener("click", () => this.choose(group, button, title, payload));
      group.append(button);
    }
    return group;
  }

  choose(group, button, title, payload) {
    this.close(group, button);
    this.onChoice({ payload, label: title, lang: button.lang, dir: group.dir });
  }

  close(group, chosen) {
    for (const button of group.children) button.disabled = true;
    chosen.classList.add("chosen");
    chosen.setAttribute("aria-pressed", "true");
  }

  // After a reload, or in another tab: a message that says a button's title was that button.
  markChosen(row, text) {
    for (let before = row.previousElementSibling; before; before = before.previousElementSibling) {
      if (before.classList.contains("resident")) return;
      const buttons = [...before.querySelectorAll(".choice:not(:disabled)")];
      const chosen = buttons.find((button) => button.textContent === text);
      if (chosen) return this.close(chosen.parentElement, chosen);
    }
  }

  reopen(label) {
    const chosen = [...this.list.querySelectorAll(".choice.chosen")].filter((button) => button.textContent === label).pop();
    if (!chosen) return;
    chosen.classList.remove("chosen");
    chosen.removeAttribute("aria-pressed");
    for (const button of chosen.parentElement.children) button.disabled = false;
  }

  // --- not sent yet ---

  expect(item) {
    const { lang = "", dir = "auto" } = item;
    const row = this.row({ id: "", author: "resident", text: item.label, lang, dir, buttons: [] });
    const state = element("p", "state");
    state.setAttribute("role", "status");
    row.append(state);
    row.tabIndex = -1;
    this.waiting.set(item.id, row);
    this.unsent.append(row);
    this.toEnd();
    return row;
  }

  state(item, text, action) {
    const state = this.waiting.get(item.id)?.querySelector(".state");
    if (!state) return;
    state.textContent = text;
    if (!action) return;
    const again = element("button", "again", action.label);
    again.type = "button";
    again.addEventListener("click", action.run);
    state.append(" ", again);
  }

  // The server has it as ``position``: its bubble now is that message, unless that one is on the screen already.
  confirm(item, position) {
    const row = this.waiting.get(item.id);
    if (!row) return; // wiped meanwhile
    const hadFocus = document.activeElement === row;
    this.waiting.delete(item.id);
    row.remove();
    if (position && !this.shown.has(position)) this.addSent(item, position);
    if (hadFocus) this.focus(position);
  }

  addSent(item, position) {
    const { label: text, lang = "", dir = "auto" } = item;
    const at = new Date().toISOString();
    this.add([{ id: position, author: "resident", text, lang, dir, buttons: [], at }]);
    this.toEnd();
  }

  // Whoever tapped with the keyboard goes on from there: the next thing is the answer and its buttons.
  focus(position) {
    const row = this.shown.get(position);
    if (!row) return;
    row.tabIndex = -1;
    row.focus({ preventScroll: true });
  }

  // The stream was faster than the answer to our own request: one bubble, not two. Returns whether it had the focus.
  settle(text) {
    for (const waiting of this.waiting.values()) {
      if (waiting.querySelector(".bubble").textContent !== text || waiting.hidden) continue;
      if (waiting.classList.contains("refused")) continue;
      const hadFocus = document.activeElement === waiting;
      waiting.hidden = true;
      return hadFocus;
    }
    return false;
  }

  refuse(item, text) {
    this.waiting.get(item.id)?.classList.add("refused");
    this.state(item, text);
  }

  clear() {
    this.list.replaceChildren();
    this.unsent.replaceChildren();
    this.shown.clear();
    this.waiting.clear();
    this.voices = [];
    this.last = 0;
    this.jump.hidden = true;
  }

  atEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    return scrollHeight - scrollTop - clientHeight < 90;
  }

  toEnd() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.jump.hidden = true;
  }
}
