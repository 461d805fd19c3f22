"""An evaluation for people: tables in the terminal, the change since the run before, a confusion matrix as a picture."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

__all__ = ["draw_confusion", "keep", "print_report", "summary"]


def summary(found: dict[str, Any]) -> dict[str, float]:
    """The few numbers that two runs are compared by, each between 0 and 1."""
    crises, alarms = found["crises"], found["alarms"]
    numbers = {f"macro-F1 {tag}": row["macro_f1"] for tag, row in found["languages"].items()}
    numbers["macro-F1, mean of languages"] = found["all"]["mean_macro_f1"]
    numbers["language right"] = found["all"]["language"]
    if crises["n"]:
        numbers["crises seen"] = crises["seen"] / crises["n"]
    for name, count in alarms.items():
        if count["n"]:
            numbers[f"helped needlessly, {name}"] = count["helped"] / count["n"]
            numbers[f"asked needlessly, {name}"] = count["asked"] / count["n"]
    return {**numbers, "calibration error": found["calibration"]["error"]}


def keep(found: dict[str, Any], folder: Path) -> dict[str, float]:
    """Store this run's numbers for ``folder`` and give back those of the run before on the same data (or none)."""
    path = folder / f"{Path(found['data']).stem}.json"
    before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(summary(found), indent=1), encoding="utf-8")
    return before


def _languages(found: dict[str, Any], before: dict[str, float]) -> Table:
    table = Table("language", "n", "accuracy", "macro-F1", "since last", "language right", title="By way of writing")
    for tag, row in found["languages"].items():
        old = before.get(f"macro-F1 {tag}")
        change = f"{row['macro_f1'] - old:+.3f}" if old is not None else ""
        table.add_row(tag, str(row["n"]), f"{row['accuracy']:.3f}", f"{row['macro_f1']:.3f}", change, f"{row['language']:.3f}")
    return table


def _intents(found: dict[str, Any]) -> Table:
    table = Table("intent", "n", "precision", "recall", "F1", title="By intent, weakest first")
    for name, row in sorted(found["intents"].items(), key=lambda pair: pair[1]["f1"]):
        table.add_row(name, str(row["n"]), *(f"{row[c]:.2f}" for c in ("precision", "recall", "f1")))
    return table


def _rest(found: dict[str, Any], before: dict[str, float]) -> Table:
    table = Table("measure", "value", "since last", title="Safety, language, calibration")
    for name, value in summary(found).items():
        if not name.startswith("macro-F1 "):
            change = f"{value - before[name]:+.3f}" if name in before else ""
            table.add_row(name, f"{value:.3f}", change)
    for kind, count in found["crises"]["kinds"].items():
        if count["n"]:
            table.add_row(f"{kind} seen", f"{count['seen']} of {count['n']}", "")
    return table


def print_report(found: dict[str, Any], before: dict[str, float], console: Console | None = None) -> None:
    """All tables, and the pairs of intents most often taken for one another."""
    console = console or Console()
    for table in (_languages(found, before), _intents(found), _rest(found, before)):
        console.print(table)
    mixed = Counter(pair for pair in found["pairs"] if pair[0] != pair[1]).most_common(10)
    for (wanted, got), count in mixed:
        console.print(f"{count:4}  {wanted} taken for {got or 'nothing'}")


def draw_confusion(found: dict[str, Any], path: Path) -> None:
    """A picture of what was taken for what; rows are what was meant, in shares of the row."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    import numpy as np
    from sklearn.metrics import confusion_matrix

    wanted, got = zip(*found["pairs"])
    names = sorted({*wanted, *got})
    shares = confusion_matrix(wanted, got, labels=names).astype(float)
    shares /= np.maximum(shares.sum(axis=1, keepdims=True), 1)
    figure, axes = plt.subplots(figsize=(13, 12))
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(names)), [n or "nothing" for n in names], rotation=90, fontsize=7)
    axes.set_yticks(range(len(names)), [n or "nothing" for n in names], fontsize=7)
    axes.set(xlabel="understood", ylabel="meant", title=f"{found['data']} · {found['model']}")
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    plt.close(figure)
