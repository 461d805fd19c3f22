"""How much of what must not be stored is masked, and how often an ordinary message is masked by mistake.

    uv run python bench/masking.py                   (a table; --json FILE besides; --show prints what was missed)

The lines are in content/masking/, written without sight of the patterns. Every line with a citizen number, IBAN or card is tried
with --draws fresh valid numbers (python-stdnum) in the same layout and script. A value counts as masked when none of its digits
and none of its words of three letters is left. Ordinary messages are those of content/masking/ordinary.txt, all full of numbers,
and the held-out messages of content/evaluation/.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from stdnum import iban, luhn
from stdnum.nl import bsn

from bot.privacy.mask import KINDS, clean, mask

ROOT = Path(__file__).resolve().parents[1]
LINES = ROOT / "content" / "masking"
CHECKED = ("bsn", "iban", "card")  # kinds whose numbers carry a checksum
_VALUE = re.compile(r"\[([^][]*(?:\[at\][^][]*)?)\]\((\w+)\)")
_AREA = re.compile(r"^(\d{4}).*", re.S)  # the four digits of a postcode name a neighbourhood: they may stay
_VALID = {"bsn": bsn.is_valid, "card": luhn.is_valid}
_TOKEN = re.compile(r"⟨\w+⟩")


class Line(NamedTuple):
    """One line: its way of writing, the text without markup, and the (value, kind) pairs in it."""

    tag: str
    text: str
    values: tuple[tuple[str, str], ...]


def _rows(path: Path) -> Iterator[tuple[str, str]]:
    tag = ""
    for row in path.read_text(encoding="utf-8").splitlines():
        if row.startswith("## "):
            tag = row[3:]
        elif row and not row.startswith("#"):
            yield tag, row.replace("\\n", "\n")


def _digit(char: str) -> int:
    """The value of a digit in any script (Ge'ez too), -1 for another character."""
    value = unicodedata.numeric(char, -1)
    return int(value) if 0 <= value <= 9 and value == int(value) else -1


def _refill(layout: str, digits: str) -> str:
    """``layout`` with its digits replaced in order, each in its own script."""
    fresh, out = iter(digits), []
    for char in layout:
        old = _digit(char)
        if old < 0:
            out.append(char)
            continue
        start = ord(char) - old
        new = next(fresh)
        out.append(chr(start + int(new)) if _digit(chr(start + int(new))) == int(new) else char)
    return "".join(out)


def _plain(layout: str) -> str:
    return "".join(str(_digit(c)) if _digit(c) >= 0 else c for c in layout)


def fresh(layout: str, kind: str, rng: random.Random) -> str:
    """``layout`` with a valid number of ``kind`` drawn into it; other kinds and digits that cannot be drawn stay."""
    old = [str(_digit(c)) for c in layout if _digit(c) >= 0]
    geez = any("ETHIOPIC" in unicodedata.name(c, "") for c in layout)  # Ge'ez has no zero
    for _ in range(100_000):
        digits = [rng.choice("123456789" if geez else "0123456789") for _ in old]
        if kind == "card":
            digits[:2] = old[:2]
            digits[-1] = luhn.calc_check_digit("".join(digits[:-1]))
        drawn = _refill(layout, "".join(digits))
        compact = "".join(c for c in _plain(drawn).upper() if c.isascii() and c.isalnum())
        if kind == "iban":
            check = iban.calc_check_digits(compact)
            drawn = _refill(layout, check + "".join(digits[2:]))
            compact = compact[:2] + check + compact[4:]
            if iban.is_valid(compact) or (compact[:2] in {"UA", "PL"} and iban.is_valid(compact, check_country=False)):
                return drawn
        elif kind in _VALID and digits[0] != "0" and _VALID[kind]("".join(digits)):
            return drawn
    raise ValueError(f"no valid {kind} fits {layout!r}")


def personal(draws: int = 20, seed: int = 8) -> Iterator[Line]:
    """Every line with something personal; those with a checksum ``draws`` times."""
    rng = random.Random(seed)
    for tag, row in _rows(LINES / "personal.txt"):
        found = _VALUE.findall(row)
        for _ in range(draws if any(kind in CHECKED for _, kind in found) else 1):
            values = tuple((fresh(value, kind, rng) if kind in CHECKED else value, kind) for value, kind in found)
            queue = iter(values)
            yield Line(tag, _VALUE.sub(lambda _, queue=queue: next(queue)[0], row), values)


def ordinary() -> Iterator[Line]:
    """Every message that must stay as it is."""
    for tag, row in _rows(LINES / "ordinary.txt"):
        yield Line(tag, row, ())


def held_out() -> Iterator[Line]:
    """The messages by which the understanding is judged: ordinary ones, of every way of writing."""
    for path in sorted((ROOT / "content" / "evaluation").glob("*.jsonl")):
        for row in path.read_text(encoding="utf-8").splitlines():
            yield Line(path.stem, json.loads(row)["text"], ())


def _left(line: Line, stored: str) -> bool:
    """Whether something of a value is left in ``stored``."""
    rest = line.text
    for value, kind in line.values:
        rest = rest.replace(value, _AREA.sub(r"\1", value) if kind == "address" else " ", 1)
    shown = _TOKEN.sub(" ", stored)
    too_many = Counter(_plain(c) for c in shown if _digit(c) >= 0) - Counter(_plain(c) for c in rest if _digit(c) >= 0)
    words = {word for value, _ in line.values for word in re.findall(r"[^\W\d_]{3,}", value.casefold())}
    return bool(too_many) or any(word in shown.casefold() and word not in rest.casefold() for word in words)


def measure(draws: int = 20) -> dict:
    """Recall a kind, false masking a set, and the lines behind both."""
    count, hidden, missed, wrong = Counter(), Counter(), [], []
    for line in personal(draws):
        stored = mask(clean(line.text)).text
        kinds = {kind for _, kind in line.values}
        left = _left(line, stored)
        for kind in kinds:  # a line with two kinds counts for both
            count[kind] += 1
            hidden[kind] += not left
        if left:
            missed.append((line.tag, "+".join(sorted(kinds)), line.text, stored))
    found = {"recall": {k: {"lines": count[k], "recall": hidden[k] / count[k]} for k in KINDS if count[k]}, "missed": missed}
    for name, lines in (("hard", list(ordinary())), ("held_out", list(held_out()))):
        masked = [(line, mask(clean(line.text)).text) for line in lines]
        bad = [(line.tag, name, line.text, stored) for line, stored in masked if _TOKEN.search(stored)]
        wrong += bad
        found[f"false_{name}"] = {"lines": len(lines), "share": len(bad) / len(lines)}
    return {**found, "wrong": wrong}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=20, help="fresh numbers a line with a checksum (default 20)")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    parser.add_argument("--show", action="store_true", help="print what was missed or masked by mistake (all of it is made up)")
    asked = parser.parse_args()
    found = measure(asked.draws)
    print("| kind | lines | recall |\n| --- | ---: | ---: |")
    for kind, row in found["recall"].items():
        print(f"| {kind} | {row['lines']} | {row['recall']:.4f} |")
    for name, says in (("false_hard", "ordinary, full of numbers"), ("false_held_out", "ordinary, held-out messages")):
        print(f"| {says} | {found[name]['lines']} | {found[name]['share']:.4f} masked by mistake |")
    if asked.show:
        for tag, kind, text, stored in [*found["missed"], *found["wrong"]]:
            print(f"{tag:9} {kind:10} {text!r} → {stored!r}")
    if asked.json:
        asked.json.write_text(json.dumps({k: v for k, v in found.items() if k not in {"missed", "wrong"}}, indent=2) + "\n")
    ok = all(found["recall"][kind]["recall"] >= 0.99 for kind in CHECKED) and found["false_hard"]["share"] <= 0.01
    return 0 if ok and found["false_held_out"]["share"] <= 0.01 else 1


if __name__ == "__main__":
    sys.exit(main())
