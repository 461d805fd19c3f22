"""Plain-language measure: few sentences a message, short sentences, short buttons."""

from __future__ import annotations

import re

from bot.language.wording import quoted_spans

__all__ = ["BUTTON_CHARACTERS", "SENTENCES", "WORDS", "breaths", "check", "check_button", "pieces", "words_of"]

SENTENCES = 3
# Only where a word count means something: Turkish says in one word what Dutch says in four.
WORDS = {"nl": 12, "en": 12}
BUTTON_CHARACTERS = 20

# Residents are je in Dutch; with u in one text and je in the next nobody knows where they stand.
_FORMAL = {"nl": re.compile(r"\b(?:u|uw|uzelf)\b", re.IGNORECASE)}
_STOP = re.compile(r"[.!?…؟።፧۔]+[\"'”’»)]*(?=\s|$)")
_BULLET = re.compile(r"\s*(?:[-–•·*]|\d+[.)])\s+")
_PLACEHOLDER = re.compile(r"\{\w+\}")
_EDGES = "\"'“”‘’«»„(),.;:!?…*_–-"
_OPENING = ('"', "'", "“", "‘", "«", "„", "(")
_ENGLISH_I = re.compile(r"I(?:['’]\w+)?$")


def check(text: str, tag: str) -> list[str]:
    """What makes a message hard to read, one plain sentence a problem; empty when nothing does."""
    problems = []
    count = len(_sentences(text))
    if count > SENTENCES:
        problems.append(f"{count} sentences; at most {SENTENCES}.")
    limit = WORDS.get(tag.partition("-")[0])
    for piece in pieces(text) if limit else ():
        if (words := len(words_of(piece))) > limit:
            problems.append(f"{words} words in one sentence, at most {limit}: {piece}")
    return [*problems, *_address(text, tag)]


def _address(text: str, tag: str) -> list[str]:
    """What is said at a desk, in quotation marks, may be polite."""
    found = _FORMAL[tag].finditer(text) if tag in _FORMAL else ()
    quoted = quoted_spans(text)
    return [
        f"says {hit[0]}; residents are je: {text}"
        for hit in found
        if not any(start <= hit.start() < end for start, end in quoted)
    ]


def breaths(text: str) -> int:
    """How many sentences, those inside quotations and the items of a list too."""
    return len(pieces(text))


def check_button(title: str) -> list[str]:
    """What is wrong with a button's title: WhatsApp cuts it after 20 characters."""
    if len(title) <= BUTTON_CHARACTERS:
        return []
    return [f"{len(title)} characters on a button, at most {BUTTON_CHARACTERS}: {title}"]


def _sentences(text: str) -> list[str]:
    """Sentences of the bot itself: a quotation is part of one, a list item and a lone word ("Hoi!") are none."""
    lines = [line for line in text.splitlines() if line.strip() and not _BULLET.match(line)]
    return [sentence for line in lines for sentence in _split(line, _inside_quotes(line)) if " " in sentence]


def _inside_quotes(line: str) -> set[int]:
    # The stop at the very end of a quotation ends the sentence around it as well.
    spans = [(start, len(line[start : end - 1].rstrip(".!?…؟።፧۔")) + start) for start, end in quoted_spans(line)]
    return {place for start, end in spans for place in range(start, end)}


def pieces(text: str) -> list[str]:
    """What a reader reads in one breath: also the sentences inside quotations and the items of a list."""
    lines = [_BULLET.sub("", line, count=1) if _BULLET.match(line) else line for line in text.splitlines()]
    return [piece for line in lines for part in re.split(r"\s·\s", line) for piece in _split(part, set())]


def _split(line: str, protected: set[int]) -> list[str]:
    pieces, start = [], 0
    for stop in _STOP.finditer(line):
        if stop.start() not in protected:
            pieces.append(line[start : stop.end()].strip())
            start = stop.end()
    return [piece for piece in (*pieces, line[start:].strip()) if piece.strip(_EDGES)]


def words_of(sentence: str) -> list[str]:
    """Its words as they are written, without signs; numbers, names and placeholders are read at a glance and are none."""
    tokens = _PLACEHOLDER.sub(" ", sentence).split()
    return [token.strip(_EDGES) for token, before in zip(tokens, ["", *tokens]) if _is_word(token, before)]


def _is_word(token: str, before: str) -> bool:
    """Numbers and names are read at a glance; a capital that only opens a sentence makes no name."""
    bare = token.strip(_EDGES)
    if not bare or any(character.isdigit() for character in bare):
        return False
    opens = not before or before.endswith(":") or token.startswith(_OPENING)
    return opens or not bare[0].isupper() or bool(_ENGLISH_I.match(bare))
