"""The Dutch source of every text a resident may read: Rasa's responses, content/texts.yml and content/phrases.yml."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from bot.facts import load_facts

__all__ = [
    "BUTTON", "DOMAIN_FILE", "PHRASE", "PHRASES_FILE", "TEXTS_FILE", "Button", "Variation", "context_of", "guide",
    "load_phrases", "load_sources", "must_be_exact", "strings",
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
    """One way to say a key. ``other`` is the plural form where a count decides.

    ``meaning`` counts how often the author said that the meaning changed: translations of before are then not shown any more.
    """

    text: str
    other: str | None = None
    buttons: tuple[Button, ...] = ()
    note: str = ""
    meaning: int = 1


def _buttons(raw: dict) -> tuple[Button, ...]:
    return tuple(Button(b["title"], b["payload"], b.get("says", "")) for b in raw.get("buttons") or ())


def _variation(raw: dict) -> Variation:
    # Rasa's domain allows nothing of ours beside a text, but metadata.
    meaning = raw.get("meaning") or (raw.get("metadata") or {}).get("meaning") or 1
    return Variation(raw.get("text") or raw["one"], raw.get("other"), _buttons(raw), raw.get("note", ""), int(meaning))


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
    """Key to its variations; the keys of phrases.yml hold exactly one, those of texts.yml mostly."""
    sources = {key: tuple(_variation(v) for v in vs) for key, vs in _yaml(DOMAIN_FILE)["responses"].items()}
    texts = {key: raw if isinstance(raw, list) else [raw] for key, raw in _yaml(TEXTS_FILE).items()}
    sources.update({key: tuple(_variation(v) for v in vs) for key, vs in texts.items()})
    sources.update({PHRASE + key: (_phrase(raw),) for key, raw in _yaml(PHRASES_FILE).items()})
    return sources


def context_of(key: str, variation: Variation) -> str:
    """The msgctxt: the key, and another one for every meaning it has had."""
    return key if variation.meaning == 1 else f"{key}#{variation.meaning}"


# Help in danger, and what somebody agrees to: never said in words that no longer say what the Dutch says.
_EXACT = ("utter_crisis_", "utter_check_", "utter_phone_read", "discreet.safe", "held.safety_", "safety.", "handover.preview",
          "handover.unclear_consent", "handover.receipt", "learning.", "rights.")  # fmt: skip


def must_be_exact(context: str) -> bool:
    """Whether a translation of an earlier Dutch may not be shown, and so keeps a release from shipping."""
    return context.startswith(_EXACT)


def guide(context: str, note: str) -> list[str]:
    """What a translator should know of a text: where it stands, who says it and how, what it must fit."""
    if context == BUTTON:
        return [
            f"On a button. {note}",
            "Short and plain: what the reader does or says. The same words stand under several texts.",
        ]
    key = context.partition("#")[0]
    if key.startswith(PHRASE):
        where, who = "content/phrases.yml", "A helper sends it, a person by their first name."
    elif key.startswith("chat."):
        where, who = "content/texts.yml", "On the page of the web chat."
    elif key.startswith("fact."):
        where, who = "content/facts.yml", "Inside an answer of the bot."
    else:
        where = "domain.yml" if key.startswith("utter_") else "content/texts.yml"
        who = "The bot says it; it is a computer and says so. No name, no gender."
    lines = [f"{where}: {key}", who, "Polite, warm, plain; at most three short sentences. No words for debt or problems."]
    if not key.startswith("chat."):
        lines.append("The first 60 characters show on a lock screen that others may read.")
    if must_be_exact(context):
        lines.append("Danger or consent: exactly what the Dutch says, no more and no less.")
    return [*lines, note] if note else lines


def strings() -> Iterator[tuple[str, str, str | None, str]]:
    """Every translatable string: (msgctxt, msgid, plural or None, note for the translator)."""
    for key, variations in load_sources().items():
        for variation in variations:
            yield context_of(key, variation), variation.text, variation.other, variation.note
            for button in variation.buttons:
                yield BUTTON, button.title, None, f"At most 20 characters. {button.payload.partition('{')[0]}"
    for fact in load_facts().values():
        if fact.translate:
            yield f"fact.{fact.key}", fact.value, None, "A fact told inside an answer: one or two whole sentences."
