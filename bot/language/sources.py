"""The Dutch source of every text a resident may read: Rasa's responses, content/texts.yml and content/phrases.yml."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from bot.facts import load_facts

__all__ = [
    "BUTTON", "DOMAIN_FILE", "PHRASE", "PHRASES_FILE", "TEXTS_FILE", "Button", "Variation", "load_phrases", "load_sources",
    "strings",
]  # fmt: skip

ROOT = Path(__file__).resolve().parents[2]
DOMAIN_FILE = ROOT / "domain.yml"
TEXTS_FILE = ROOT / "content" / "texts.yml"
PHRASES_FILE = ROOT / "content" / "phrases.yml"
# Keys of phrases begin with this: phrase.intro.hello.
PHRASE = "phrase."
# Tapped when no person holds the chat any more, an answer to a phrase is a friendly last word to the dialogue.
_ANSWER = '/thank_or_bye{{"confirm":"{n}"}}'
# The msgctxt of all button titles: "Niet nu" stands under eighty texts and is translated once.
BUTTON = "button"


@dataclass(frozen=True)
class Button:
    """A button as the source has it: Dutch title and Rasa payload; ``says`` is the typed answer ("yes", "no") it stands for."""

    title: str
    payload: str
    says: str = ""


@dataclass(frozen=True)
class Variation:
    """One way to say a key. ``other`` is the plural form where a count decides."""

    text: str
    other: str | None = None
    buttons: tuple[Button, ...] = ()
    note: str = ""


def _buttons(raw: dict) -> tuple[Button, ...]:
    return tuple(Button(b["title"], b["payload"], b.get("says", "")) for b in raw.get("buttons") or ())


def _variation(raw: dict) -> Variation:
    return Variation(raw.get("text") or raw["one"], raw.get("other"), _buttons(raw), raw.get("note", ""))


def _yaml(path: Path) -> dict:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


@cache
def load_phrases() -> dict[str, str]:
    """Key of every phrase to its group, in the order of the file."""
    return {PHRASE + key: raw["group"] for key, raw in _yaml(PHRASES_FILE).items()}


def _phrase(raw: dict) -> Variation:
    answers = tuple(Button(title, _ANSWER.format(n=n)) for n, title in enumerate(raw.get("answers", ())))
    return Variation(raw["text"], None, answers, f"A helper's phrase. {raw.get('note', '')}".strip())


@cache
def load_sources() -> dict[str, tuple[Variation, ...]]:
    """Key to its variations; the keys of texts.yml and phrases.yml hold exactly one."""
    sources = {key: tuple(_variation(v) for v in vs) for key, vs in _yaml(DOMAIN_FILE)["responses"].items()}
    sources.update({key: (_variation(raw),) for key, raw in _yaml(TEXTS_FILE).items()})
    sources.update({PHRASE + key: (_phrase(raw),) for key, raw in _yaml(PHRASES_FILE).items()})
    return sources


def strings() -> Iterator[tuple[str, str, str | None, str]]:
    """Every translatable string: (msgctxt, msgid, plural or None, note for the translator)."""
    for key, variations in load_sources().items():
        for variation in variations:
            yield key, variation.text, variation.other, variation.note
            for button in variation.buttons:
                yield BUTTON, button.title, None, f"At most 20 characters. {button.payload.partition('{')[0]}"
    for fact in load_facts().values():
        if fact.translate:
            yield f"fact.{fact.key}", fact.value, None, "A fact told inside an answer: one or two whole sentences."
