// The page: puts the log, the outbox and the feed together.

import { Feed } from "./feed.js";
import { Log } from "./log.js";
import { Outbox } from "./outbox.js";
import { watchExits } from "./exits.js";
import { follow } from "./follow.js";
import { newId, ofAllTabs, ofThisTab } from "./store.js";
import { Refused, openSession, readMessages, tellTyping } from "./wire.js";

const MOST_CHARS = 10000;
const SEEN_EVERY_MS = 31000;
const ANSWER_WITHIN_MS = 8000;
const TYPING_EVERY_MS = 4000;
const TYPING_SHOWN_MS = 7000;
const page = document.body.dataset;
const words = JSON.parse(page.words);
const [form, text, intro, notice] = ["form", "text", "intro", "notice"].map((id) => document.getElementById(id));

const log = new Log(words, (item) => say(item), (what) => tell(what, 5000));
const outbox = new Outbox(log, words, { ensure, lost: () => gone() }, awaitAnswer);
const feed = new Feed(() => log.last, {
  messages: show,
  typing: otherWrites,
  wiped: gone,
  hide: () => exits.hide(false),
  lost: () => tell(words.connection_lost),
  back: () => {
    tell(words.connection_back, 3000);
    outbox.flush();
  },
  resync,
});
const exits = watchExits(page, () => hasSession, () => feed.tell("hide"));

// --- the session -------------------------------------------------------------------------------------------------
let hasSession = page.session === "yes";
// Changes whenever a tab of this browser begins a new session.
let mark = ofAllTabs.get("mark");

async function makeSession() {
  if (hasSession) return;
  if (ofAllTabs.get("mark") === mark) {
    await openSession(document.documentElement.lang, page.start);
    ofAllTabs.set("mark", newId());
  }
  mark = ofAllTabs.get("mark");
  hasSession = true;
  feed.start();
}

// Two tabs that send their first message together begin one session.
async function ensure() {
  if (hasSession) return;
  if (navigator.locks) await navigator.locks.request("chat-session", makeSession);
  else await makeSession();
}

function gone(farewell) {
  const hadWords = !log.isEmpty;
  hasSession = false;
  mark = ofAllTabs.get("mark");
  feed.stop();
  log.clear();
  if (farewell) outbox.clear();
  else outbox.keepWords();
  intro.hidden = !log.isEmpty;
  if (farewell) log.add([{ ...farewell, id: 0, author: "bot" }]);
  else if (hadWords) tell(words.session_gone);
}

// --- reading -----------------------------------------------------------------------------------------------------
// What was said before the page opened does not decide its language: a tap on another one may lie between.
let begun = false;
let lookedAt = 0;
let lookTimer = null;

function show(messages) {
  if (!messages.length) return;
  intro.hidden = true;
  log.add(messages);
  const answer = messages.filter((message) => message.author === "bot").pop();
  if (begun && answer) follow(answer.lang, words, () => log.speak());
  if (messages.some((message) => message.author !== "resident")) {
    if (notice.textContent === words.person_typing) tell("");
    look();
  }
}

// Asking for the history tells the server that somebody looked; a stream in a hidden tab does not.
function look() {
  clearTimeout(lookTimer);
  const wait = Math.max(500, lookedAt + SEEN_EVERY_MS - Date.now());
  lookTimer = setTimeout(() => document.visibilityState === "visible" && resync(), wait);
}

function followOtherTab() {
  const now = ofAllTabs.get("mark");
  if (!now || now === mark) return;
  mark = now;
  hasSession = true;
  log.clear();
}

// True when the server answered, also when it said that the session is gone.
async function resync() {
  followOtherTab();
  if (!hasSession) return true;
  lookedAt = Date.now();
  try {
    show(await readMessages(log.last));
    feed.start();
    return true;
  } catch (error) {
    if (!(error instanceof Refused) || error.status !== 401) return false;
    gone();
    return true;
  }
}

// A connection can be dead without anybody noticing: no answer in good time means asking.
function awaitAnswer(position) {
  setTimeout(async () => {
    const before = log.last;
    if (before > position) return;
    await resync();
    if (log.last > before && feed.source) feed.open();
  }, ANSWER_WITHIN_MS);
}

window.addEventListener("storage", ({ key }) => key === "chat-mark" && resync());

// --- writing -----------------------------------------------------------------------------------------------------
let noticeTimer = null;

function tell(what, forMs) {
  clearTimeout(noticeTimer);
  notice.textContent = what;
  if (forMs) noticeTimer = setTimeout(() => (notice.textContent = ""), forMs);
}

// A person on the other side; whatever else is to be said comes first.
function otherWrites() {
  if (!notice.textContent || notice.textContent === words.person_typing) tell(words.person_typing, TYPING_SHOWN_MS);
}

// Only to a person: the computer does not wait for anybody.
let toldAt = 0;
function tellWriting() {
  if (!hasSession || !text.value || Date.now() < toldAt + TYPING_EVERY_MS) return;
  if (!document.querySelector("#log .message.helper")) return;
  toldAt = Date.now();
  tellTyping().catch(() => {}); // a sign that is lost is lost
}

function say(item) {
  intro.hidden = true;
  tell("");
  outbox.add(item).focus({ preventScroll: true });
}

function grow() {
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight + 2}px`;
}

function keep(draft) {
  text.value = draft;
  ofThisTab.set("draft", draft);
  grow();
}

function submit() {
  const said = text.value.trim();
  if (!said) return;
  if ([...said].length > MOST_CHARS) {
    tell(words.too_long);
    return;
  }
  keep("");
  intro.hidden = true;
  tell("");
  outbox.add({ text: said, label: said });
  text.focus();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  submit();
});
text.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  submit();
});
text.addEventListener("input", () => {
  keep(text.value);
  tellWriting();
});
document.getElementById("start").addEventListener("click", () => {
  const { lang, dir } = document.documentElement;
  say({ text: words.start_words, label: words.start_words, lang, dir });
});

// --- begin -------------------------------------------------------------------------------------------------------
async function begin() {
  keep(text.value || ofThisTab.get("draft") || ""); // what was typed while this script was on its way comes first
  let answered = false;
  log.live(false);
  for (let wait = 500; !answered; wait = Math.min(wait * 2, 30000)) {
    answered = await resync();
    if (answered) break;
    tell(words.connecting);
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
  if (notice.textContent === words.connecting) tell("");
  intro.hidden = !log.isEmpty;
  begun = true;
  setTimeout(() => log.live(true), 500);
  outbox.restore();
}

// Until here a tap on Send would have been lost: late.js shows a way out while the button is off.
document.getElementById("send").disabled = false;
document.getElementById("late").hidden = true;
begin();
