"""What is wrong with the understanding data: doubles, near-copies, markup, thin spots, one text with two meanings."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import cache

import yaml

from bot.language.examples import Example, examples
from bot.language.fold import fold
from bot.language.sources import DOMAIN_FILE

__all__ = ["NEAR", "conflicts", "data_problems", "intents", "thin_spots"]

# So alike (cosine of character trigrams) are two lines that say one thing in one way.
NEAR = 0.95
# What each way of writing needs: scarce ones have no neighbours to borrow from. Input-only languages have no floor.
ENOUGH = {**dict.fromkeys(("nl", "en", "tr", "ar", "ary-Arab", "ary-Latn", "pap"), 25), "ru": 8, "rif": 0}
_ENOUGH_ELSE = 15


@cache
def intents() -> tuple[str, ...]:
    """The inventory, in the domain's order."""
    return tuple(yaml.safe_load(DOMAIN_FILE.read_text(encoding="utf-8"))["intents"])


def _markup(rows: Iterable[Example]) -> Iterator[str]:
    for row in rows:
        if row.intent not in intents():
            yield f"{row.tag}/{row.topic}: there is no intent {row.intent}"
        if not row.text or row.text.startswith("/") or set("[]{}") & set(row.text):
            yield f"{row.tag} {row.intent}: empty, or brackets, braces or a leading slash: {row.text!r}"


def _doubles(rows: Iterable[Example]) -> Iterator[str]:
    found: dict[str, list[Example]] = defaultdict(list)
    for row in rows:
        found[fold(row.text) or row.text].append(row)
    for text, same in found.items():
        if len({row.intent for row in same}) > 1:
            yield f"{same[0].tag}: under {' and '.join(sorted({r.intent for r in same}))}: {text}"
        elif len(same) > 1:
            yield f"{same[0].tag} {same[0].intent}: {len(same)} times: {text}"


def _near_copies(rows: list[Example]) -> Iterator[str]:
    from sklearn.feature_extraction.text import TfidfVectorizer  # 45 MiB that the desk's pages can do without

    # Two or three words differ by a letter and are still worth having: only sentences can be copies of one another.
    rows = [row for row in rows if len(row.text) >= 20]
    if len(rows) < 2:
        return
    vectors = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 3), preprocessor=fold).fit_transform([r.text for r in rows])
    alike = (vectors @ vectors.T).tocoo()
    for one, other, score in zip(alike.row, alike.col, alike.data):
        if one < other and score >= NEAR and fold(rows[one].text) != fold(rows[other].text):
            yield f"{rows[one].tag} {rows[one].intent}/{rows[other].intent}: near-copies: {rows[one].text} | {rows[other].text}"


def data_problems(tag: str) -> list[str]:
    """What must be mended before ``tag`` is trained on, one line each."""
    rows = list(examples(tag))
    return [*_markup(rows), *_doubles(rows), *_near_copies(rows)]


def conflicts() -> list[str]:
    """Texts that mean one thing in one language and another in the next: Rasa refuses them, and so does a reader."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in examples():
        found[row.text].add(row.intent)
    return [f"under {' and '.join(sorted(meant))}: {text}" for text, meant in found.items() if len(meant) > 1]


def thin_spots(tag: str) -> list[str]:
    """Intents with fewer examples than this way of writing needs: ``"deny: 12 of 15"``."""
    counts, enough = Counter(row.intent for row in examples(tag)), ENOUGH.get(tag, _ENOUGH_ELSE)
    return [f"{intent}: {counts[intent]} of {enough}" for intent in intents() if counts[intent] < enough]
