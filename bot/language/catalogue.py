"""What the bot says, in the resident's language: gettext over the Dutch sources."""

from __future__ import annotations

import gettext
import logging
import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from .fold import fold
from .sources import BUTTON, ROOT, Variation, context_of, load_sources
from .tags import ON_OFFER, direction

__all__ = ["LOCALES", "Rendered", "UnknownKey", "fields", "is_way_to_say", "known_key", "render", "say", "translate"]

LOCALES = ROOT / "locales"
SOURCE = "nl"
_log = logging.getLogger("aanspraak.catalogue")
_FIRST_STRONG, _POP = "\u2068", "\u2069"


class UnknownKey(KeyError):
    """No text has this key. Add it to domain.yml (responses) or content/texts.yml."""


@dataclass(frozen=True)
class Rendered:
    """A text ready to send: ``lang`` is the language it really is in, after any fallback."""

    key: str
    text: str
    lang: str
    buttons: tuple[tuple[str, str], ...] = ()

    @property
    def dir(self) -> str:
        return direction(self.lang)


@cache
def _translations(tag: str) -> gettext.NullTranslations | None:
    path = LOCALES / tag / "LC_MESSAGES" / "bot.mo"
    if not path.exists():
        return None
    with path.open("rb") as file:
        return gettext.GNUTranslations(file)


def _lookup(tag: str, context: str, msgid: str, plural: str | None, count: int) -> str | None:
    """The translation, or None when there is none (gettext gives the source back)."""
    catalogue = _translations(tag)
    if catalogue is None:
        return None
    if plural is not None:
        found = catalogue.npgettext(context, msgid, plural, count)
        return None if found in (msgid, plural) else found
    # A translation may equal its source ("OK", a name): ask the catalogue, do not compare.
    return catalogue._catalog.get(f"{context}\x04{msgid}")  # type: ignore[attr-defined]


def fields(text: str) -> set[str]:
    """The names of its placeholders."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def _fill(text: str, values: Mapping[str, Any], lang: str) -> str:
    isolate = direction(lang) == "rtl"
    used = {name: str(values[name]) for name in fields(text)}
    return text.format_map({k: f"{_FIRST_STRONG}{v}{_POP}" if isolate and "\n" not in v else v for k, v in used.items()})


def _usable(variations: Iterable[Variation], values: Mapping[str, Any]) -> list[Variation]:
    """The variations that can be filled; one that tells more facts wins over one that tells fewer."""
    fillable = [v for v in variations if fields(v.text) | fields(v.other or "") <= values.keys()]
    facts = [sum(name.startswith("fact_") for name in fields(v.text)) for v in fillable]
    return [v for v, told in zip(fillable, facts) if told == max(facts)]


def _say(variation: Variation, key: str, tag: str, values: Mapping[str, Any]) -> tuple[str, list[str]] | None:
    """(text, titles) in ``tag``, or None where anything of it is missing or broken there."""
    count = int(values.get("count", 1))
    texts = [(context_of(key, variation), variation.text, variation.other)] + [(BUTTON, b.title, None) for b in variation.buttons]
    if tag == SOURCE:
        found = [(p if p is not None and count != 1 else m) for _, m, p in texts]
    else:
        found = [_lookup(tag, context, m, p, count) for context, m, p in texts]
    if any(not f for f in found) or not fields(found[0]) <= values.keys():
        return None
    return _fill(found[0], values, tag), found[1:]


def known_key(key: str) -> bool:
    """Whether ``render`` knows the key."""
    return key in load_sources()


@cache
def _ways(key: str) -> frozenset[str]:
    return frozenset(fold(way).strip() for tag in ON_OFFER for way in render(key, tag).text.split("/"))


def is_way_to_say(text: str, key: str) -> bool:
    """Whether ``text`` is one of the ways, in any language, that ``key`` lists with strokes between them; never shown."""
    return fold(text).strip(" .!") in _ways(key)


def translate(context: str, msgid: str, tag: str) -> str | None:
    """One string outside the keyed texts (a fact's words): itself in Dutch, else its translation or None."""
    return msgid if tag == SOURCE else _lookup(tag, context, msgid, None, 1)


def render(key: str, tag: str, *, second: str = "", seed: int = 0, **values: Any) -> Rendered:
    """Say ``key`` in ``tag``, else in the resident's second language, else in Dutch (and log it).

    Only variations whose placeholders all have a value are used; ``seed`` picks among them. ``count`` picks the
    plural form. Raises UnknownKey, or KeyError when no variation can be filled.
    """
    variations = load_sources().get(key)
    if variations is None:
        raise UnknownKey(key)
    usable = _usable(variations, values)
    if not usable:
        raise KeyError(f"{key}: no variation can be filled from {sorted(values)}")
    return say(key, usable[seed % len(usable)], tag, values, second)


def say(key: str, variation: Variation, tag: str, values: Mapping[str, Any], second: str = "") -> Rendered:
    """``render`` for one way to say ``key``. Raises KeyError when ``values`` lack a placeholder."""
    for lang in dict.fromkeys([tag, second or SOURCE, SOURCE]):
        said = _say(variation, key, lang, values)
        if said:
            if lang != tag:
                _log.warning(f"catalogue.missing key={key} lang={tag} used={lang}")  # names of ours: nothing to redact
            text, titles = said
            payloads = [b.payload for b in variation.buttons]
            return Rendered(key, text, lang, tuple(zip(titles, payloads)))
    raise KeyError(key)
