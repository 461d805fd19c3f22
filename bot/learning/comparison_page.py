"""A comparison as a page of its own, with pictures in it; nothing is fetched from anywhere."""

from __future__ import annotations

from html import escape
from typing import Any

__all__ = ["arrows", "page"]

_ROW, _LEFT, _WIDTH, _RIGHT = 22, 190, 420, 110
_GREY, _GOOD, _BAD = "#667085", "#1a7f4b", "#b42318"
_FACTS = {
    "name": "model", "trained_at": "trained", "seconds": "training, s", "bytes": "size, MB", "median_ms": "parse, median ms",
    "slow_ms": "parse, p95 ms", "data": "examples", "program": "program",
}  # fmt: skip
_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; 
color: #1d2433; background: #fff }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 2rem } th, td { text-align: start; padding: .3rem .6rem;
border-bottom: 1px solid #d5dae3; vertical-align: top } .n { text-align: end; font-variant-numeric: tabular-nums }
.stop { border-inline-start: 4px solid #b42318; padding: .5rem 1rem; background: #fef3f2 }
.go { border-inline-start: 4px solid #1a7f4b; padding: .5rem 1rem; background: #ecfdf3 }
.soft { color: #556074 } svg { max-width: 100%; height: auto } bdi { unicode-bidi: isolate }
"""


def arrows(pairs: dict[str, dict[str, Any]], title: str) -> str:
    """An SVG: one line for each name, from the old value to the new one on a scale of 0 to 1."""
    height, lines = len(pairs) * _ROW + 30, []
    for mark in (0, 0.25, 0.5, 0.75, 1):
        x = _LEFT + mark * _WIDTH
        lines.append(f'<line x1="{x}" x2="{x}" y1="20" y2="{height - 5}" stroke="#d5dae3"/>')
        lines.append(f'<text x="{x}" y="14" font-size="11" fill="{_GREY}" text-anchor="middle">{mark:.0%}</text>')
    for number, (name, pair) in enumerate(pairs.items()):
        y, old, new = 34 + number * _ROW, _LEFT + pair["old"] * _WIDTH, _LEFT + pair["new"] * _WIDTH
        colour = _GREY if abs(pair["change"]) < 0.0005 else _GOOD if pair["change"] > 0 else _BAD
        lines += [
            f'<text x="{_LEFT - 8}" y="{y + 4}" font-size="13" text-anchor="end" fill="currentColor">{escape(name)}</text>',
            f'<line x1="{old}" x2="{new}" y1="{y}" y2="{y}" stroke="{colour}" stroke-width="3"/>',
            f'<circle cx="{old}" cy="{y}" r="4" fill="none" stroke="{_GREY}" stroke-width="1.5"/>',
            f'<circle cx="{new}" cy="{y}" r="4" fill="{colour}"/>',
            f'<text x="{_LEFT + _WIDTH + 12}" y="{y + 4}" font-size="12" fill="{colour}">'
            f"{pair['new']:.1%} ({pair['change'] * 100:+.1f})</text>",
        ]
    width = _LEFT + _WIDTH + _RIGHT
    return (
        f'<svg role="img" aria-label="{escape(title)}" viewBox="0 0 {width} {height}" width="{width}" '
        f'xmlns="http://www.w3.org/2000/svg" font-family="system-ui, sans-serif">{"".join(lines)}</svg>'
    )


def _table(head: list[str], rows: list[list[str]]) -> str:
    top = "".join(f"<th scope='col'>{escape(cell)}</th>" for cell in head)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def _messages(lines: list[dict[str, Any]]) -> str:
    if not lines:
        return "<p class='soft'>None.</p>"
    rows = [
        [escape(line["lang"]), f"<bdi>{escape(line['text'])}</bdi>", escape(line["intent"]), escape(line["old"] or "–"),
         escape(line["new"] or "–")]
        for line in lines
    ]  # fmt: skip
    return _table(["language", "message", "meant", "old", "new"], rows)


def _about(found: dict[str, Any]) -> str:
    rows = []
    for key, words in _FACTS.items():
        old, new = (f"{found[side][key] / 1e6:.1f}" if key == "bytes" else str(found[side][key]) for side in ("old", "new"))
        rows.append([escape(words), escape(old or "unknown"), escape(new or "unknown")])
    return _table(["", "old", "new"], rows)


def _conversations(found: dict[str, Any]) -> str:
    played = found.get("conversations")
    if not played:
        return "<p class='soft'>Not played: aanspraak compare --conversations</p>"
    rows = []
    for side in ("old", "new"):
        went, failed = played[side]["passed"], played[side]["failed"]
        rows.append([side, f"{went} of {went + len(failed)}", escape("; ".join(failed) or "–")])
    return _table(["", "as written", "not"], rows)


def _verdict(found: dict[str, Any]) -> str:
    if not found["blockers"]:
        return "<p class='go'>It may be promoted: no crisis is lost and no released language falls by more than 2 points.</p>"
    lines = "".join(f"<li>{escape(line)}</li>" for line in found["blockers"])
    return f"<div class='stop'><p>Promoting needs a recorded reason:</p><ul>{lines}</ul></div>"


def page(found: dict[str, Any]) -> str:
    """The whole page for one comparison."""
    weakest = dict(sorted(found["intents"].items(), key=lambda pair: pair[1]["change"]))
    mean = found["mean"]
    parts = [
        f"<h1>{escape(found['old']['name'])} → {escape(found['new']['name'])}</h1>",
        _verdict(found),
        f"<p>{found['messages']} messages that no model was trained on, both read with the program as it is now. "
        f"Mean macro-F1 {mean['old']:.3f} → {mean['new']:.3f}. Open circle: old; filled: new.</p>",
        "<h2>Crises heard</h2>", arrows(found["crises"], "Crises heard, old and new"),
        "<h2>By language (macro-F1)</h2>", arrows(found["languages"], "Macro-F1 by language, old and new"),
        "<h2>Language recognised</h2>", arrows(found["language_heard"], "Language recognised, old and new"),
        "<h2>Help that nobody needed</h2>", arrows(found["alarms"], "Needless help, old and new (lower is better)"),
        "<h2>By intent (F1), most worsened first</h2>", arrows(weakest, "F1 by intent, old and new"),
        f"<h2>Worse: {len(found['worse'])}</h2>", _messages(found["worse"]),
        f"<h2>Better: {len(found['better'])}</h2>", _messages(found["better"]),
        "<h2>Conversation tests</h2>", _conversations(found),
        "<h2>The models</h2>", _about(found),
    ]  # fmt: skip
    head = f"<!doctype html><html lang='en'><meta charset='utf-8'><title>Comparison of models</title><style>{_STYLE}</style>"
    return f"{head}<body>{''.join(parts)}</body></html>"
