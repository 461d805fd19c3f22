"""Whole conversations as readable files, played on a running system; see dialogues/README.md for what a file may say."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from bot.language.wording import lint_text
from tests.conversations.desk import Desk
from tests.conversations.words import title

__all__ = ["Dialogue", "load", "play"]

FOLDER = Path(__file__).with_name("dialogues")
# A ticket, a list of one's own messages, the languages by name: as long as what they hold.
_LONG = ("handover.preview_question", "rights.show", "utter_language_unsupported", "activities.")
_LAST_WORDS = ("utter_thank_or_bye", "handover.closed")
_MOST_SENTENCES, _MOST_BUTTONS = 3, 5  # a preview may offer one more
_SENTENCE_END = re.compile(r"(?<=\w\w)[.!?؟።…]+(?=\s|$)")


@dataclass(frozen=True)
class Dialogue:
    """One conversation: ``turns`` and how it ``ends``, as the file has them."""

    name: str
    language: str
    turns: list[dict[str, Any]]
    ends: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.language}-{self.name.replace(' ', '_')}"


def load(tag: str | None = None) -> list[Dialogue]:
    """The dialogues of one language's file, or of all."""
    paths = sorted(FOLDER.glob(f"{tag or '*'}.yml"))
    found = [Dialogue(**raw, language=path.stem) for path in paths for raw in yaml.safe_load(path.read_text(encoding="utf-8"))]
    assert len({str(d) for d in found}) == len(found), "two dialogues of one language share a name"
    return found


@dataclass
class _Player:
    """One resident of a dialogue, with the desk that looks at their conversation."""

    dialogue: Dialogue
    resident: Any
    desk: Desk
    language: str
    code: str = ""
    expected: list[tuple[int, int, list[str], str]] = field(default_factory=list)  # after, upto, keys, what was done

    def turn(self, turn: dict[str, Any]) -> None:
        self.language = turn.get("language", self.language)
        before = self._last()
        done = " ".join(f"{k}: {v}" for k, v in turn.items() if k not in ("hears", "language"))
        if "table" in turn:
            self.code = self.desk.table(self.language, turn["table"])
        elif "team" in turn:
            self.desk("team", hours=turn["team"])
        elif "helper" in turn:
            getattr(self.desk, turn["helper"])(*([turn["text"]] if "text" in turn else []))
        elif "later" in turn:
            self.desk("later", days=turn["later"])
        else:
            before = self._send(turn)
        if turn.get("silent"):
            self.desk_waits(before)
        replies = [m for m in self.resident.messages(before) if m["author"] == "bot"]
        for reply in replies:
            assert reply["lang"] == self.language, f"{done}: answered in {reply['lang']}: {reply['text']}"
        if "hears" in turn or turn.get("silent"):
            self.expected.append((before, self._last(), turn.get("hears") or [], done))

    def _last(self) -> int:
        return max((m["id"] for m in self.resident.messages()), default=0)

    def _send(self, turn: dict[str, Any]) -> int:
        if "taps" in turn:
            wanted = turn["taps"] if turn.get("as_is") else title(turn["taps"], self.language)
            offered = [b for m in self.resident.messages() for b in m["buttons"] if b["title"] == wanted]
            assert offered, f"no button {wanted!r} after {self.resident.messages()[-1]['text']!r}"
            body = {"payload": offered[-1]["payload"]}
        else:
            body = {"text": turn["says"].replace("CODE", self.code)}
        position = self.resident.post(body).json()["id"]
        if not turn.get("silent"):
            self.resident.wait(position)
            time.sleep(0.05)  # a second reply of the same turn stands in the same transaction or right behind it
        return position

    def desk_waits(self, position: int) -> None:
        """Until the message was handled: only then silence means anything."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            if all(m["handled"] for m in self.desk.state()["messages"] if m["author"] == "resident"):
                return
        raise AssertionError(f"message {position} was not handled")

    def compare(self, ends: dict[str, Any]) -> None:
        """Everything that was said, by its key, and what is stored at the end."""
        state = self.desk.state()
        keys = {m["id"]: m["key"] for m in state["messages"] if m["author"] == "bot"}
        for after, upto, wanted, done in self.expected:
            heard = [key for position, key in sorted(keys.items()) if after < position <= upto]
            if not wanted:  # outside office hours one line says when the helper is back
                heard = [key for key in heard if not key.startswith("handover.helper_away")]
            # Asked once, at an end: where a file does not name it, it may stand behind the last words and nowhere else.
            if heard[-1:] == ["learning.ask"] and "learning.ask" not in wanted and heard[-2:-1] and heard[-2] in _LAST_WORDS:
                heard = heard[:-1]
            alike = len(heard) == len(wanted) and all(key in any_of.split("|") for key, any_of in zip(heard, wanted))
            assert alike, f"{done}: heard {heard}, wanted {wanted}"
        for message in (m for m in self.resident.messages() if m["author"] == "bot"):
            _proper(message, keys[message["id"]])
        _ends(state, ends)


def _proper(message: dict[str, Any], key: str) -> None:
    """What every message of ours must be: short, without a word of the lists, with few buttons."""
    if not key.startswith(_LONG):  # these hold the resident's own words
        titles = " · ".join(b["title"] for b in message["buttons"])
        hits = [*lint_text(message["text"], message["lang"], key), *lint_text(titles, message["lang"], "button")]
        errors = [hit for hit in hits if hit.level == "error"]
        assert not errors, (key, errors)
        assert len(_SENTENCE_END.findall(message["text"])) <= _MOST_SENTENCES, (key, message["text"])
    assert len(message["buttons"]) <= _MOST_BUTTONS, (key, message["buttons"])


def _ends(state: dict[str, Any], ends: dict[str, Any]) -> None:
    if "draft" in ends:
        assert state["draft"] == ends["draft"], "draft"
    if "language" in ends:
        assert state["language"] == ends["language"], "language"
    if ends.get("handover") == "none":
        assert state["handovers"] == [], "nothing may be stored"
    elif "handover" in ends:
        stored, wanted = state["handovers"][-1], ends["handover"]
        for name in wanted.keys() - {"wishes"}:
            assert stored[name] == wanted[name], (name, stored[name], wanted[name])
        assert wanted.get("wishes", {}).items() <= stored["wishes"].items(), (stored["wishes"], wanted["wishes"])


def play(dialogue: Dialogue, system: Any) -> None:
    """Play it to the end; AssertionError names the turn that went differently."""
    players: dict[str, _Player] = {}
    try:
        for turn in dialogue.turns:
            who = turn.get("who", "")
            if who not in players:
                resident = system.resident()
                players[who] = _Player(dialogue, resident, Desk(system, resident.token), dialogue.language)
            players[who].turn({name: value for name, value in turn.items() if name != "who"})
    finally:
        if any("team" in turn for turn in dialogue.turns):
            next(iter(players.values())).desk("team", hours="usual")
    for who, player in players.items():
        player.compare(dialogue.ends.get(who, {}) if who else dialogue.ends)
