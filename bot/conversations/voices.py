"""Recorded voices for people who do not read: offered under a message while they say exactly what stands there."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from bot.language.catalogue import Rendered
from bot.language.sources import load_sources

from .models import Recording
from .payloads import parse_payload
from .remembered import Remembered
from .texts import say

__all__ = [
    "LABELS", "PLAYED", "SIGN", "WHAT", "Voice", "Words", "core_keys", "demo_keys", "digest", "forget", "is_listening",
    "number_in", "payload", "voice_for", "words",
]  # fmt: skip

_FILE = Path(__file__).resolve().parents[2] / "content" / "voices.yml"
# Message.what of a voice that the bot sent.
WHAT = "bot_voice"
# Whether a machine speaks, to the words on the button.
LABELS = {False: "voice.listen", True: "voice.machine"}
# What such a button begins with, in every language.
SIGN = "\N{SPEAKER}"
_LISTEN = "listen"
# What a browser, Telegram and WhatsApp all play.
PLAYED = ("audio/mpeg", "audio/ogg", "audio/mp4")
_Index = dict[tuple[str, str, str], "Voice"]


@dataclass(frozen=True)
class Voice:
    """A recording that may be played, by its number."""

    number: int
    machine: bool
    titles: frozenset[str]


@dataclass(frozen=True)
class Words:
    """What is to be said for one way of saying a core message: its text, then its buttons."""

    key: str
    language: str
    text: str
    titles: tuple[str, ...]


@cache
def _lists() -> dict[str, list[str]]:
    return yaml.safe_load(_FILE.read_text(encoding="utf-8"))


def core_keys() -> list[str]:
    """The messages that can carry a voice, in the order of a conversation."""
    return _lists()["messages"]


def demo_keys() -> list[str]:
    """Those of them that a machine says in the demo."""
    return _lists()["demo"]


def digest(text: str) -> str:
    """One short name for a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def words(tag: str, keys: Collection[str] | None = None, rendered: Callable[..., Rendered] = say) -> list[Words]:
    """What can be recorded in ``tag`` today; a text that is not translated is left out."""
    found = [rendered(key, tag, seed=seed) for key in keys or core_keys() for seed in range(len(load_sources()[key]))]
    spoken = [Words(one.key, tag, one.text, tuple(title for title, _ in one.buttons)) for one in found if one.lang == tag]
    return list(dict.fromkeys(spoken))


def _read() -> _Index:
    rows = Recording.objects.values_list("key", "language", "digest", "pk", "machine", "titles")
    return {(key, tag, of): Voice(pk, machine, frozenset(titles)) for key, tag, of, pk, machine, titles in rows}


# All voices, without their sound.
_index = Remembered(_read, {})
forget = _index.forget


def voice_for(key: str, tag: str, text: str, titles: Collection[str]) -> Voice | None:
    """The voice that says just this text; None where its buttons are not these any more."""
    if key not in core_keys():
        return None
    found = _index().get((key, tag, digest(text)))
    return found if found and found.titles <= set(titles) else None


def payload(number: int) -> str:
    """What the listen button carries."""
    return f'/{_LISTEN}{{"voice":{number}}}'


def number_in(carried: str) -> int:
    """The recording that a listen button or a sent voice is about; 0 for any other payload."""
    name, values = parse_payload(carried)
    return int(values.get("voice", 0)) if name == _LISTEN else 0


def is_listening(carried: str) -> bool:
    """Whether a tap only asks to hear something: it says nothing to anybody."""
    return number_in(carried) > 0
