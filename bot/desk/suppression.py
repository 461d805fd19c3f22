"""Small numbers stay hidden: no cell below ten, and none that could be worked out from the totals beside it.

A table is rows × columns of counts with totals on both edges. First every count from 1 to 9 is hidden; then, while a row
or column hides exactly one cell, its smallest shown one is hidden too, since the total would tell the other. Zero cells
count as shown only when nothing else is hidden beside them: an empty cell says something about a small group as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = ["THRESHOLD", "Table", "protect", "safe_cell"]

THRESHOLD = 10
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True)
class Table:
    """Counts that may be shown; None is a hidden one. ``cells[i][j]`` belongs to ``rows[i]`` and ``columns[j]``."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[int | None, ...], ...]
    row_totals: tuple[int | None, ...]
    column_totals: tuple[int | None, ...]
    total: int | None


def protect(rows: Sequence[str], columns: Sequence[str], counts: Mapping[tuple[str, str], int]) -> Table:
    """The table of ``counts`` ((row, column) to how many people), primary and complementary suppression done."""
    # The totals are cells of the same grid: a total below ten, or one that gives another away, is hidden alike.
    grid = [[counts.get((r, c), 0) for c in columns] for r in rows]
    full = [[*line, sum(line)] for line in grid]
    full.append([sum(line[j] for line in full) for j in range(len(columns) + 1)])
    hidden = {(i, j) for i, line in enumerate(full) for j, n in enumerate(line) if 0 < n < THRESHOLD}
    while extra := _given_away(full, hidden):
        hidden.add(extra)
    shown = [[None if (i, j) in hidden else n for j, n in enumerate(line)] for i, line in enumerate(full)]
    return Table(
        tuple(rows), tuple(columns), tuple(tuple(line[:-1]) for line in shown[:-1]),
        tuple(line[-1] for line in shown[:-1]), tuple(shown[-1][:-1]), shown[-1][-1],
    )  # fmt: skip


def _given_away(full: list[list[int]], hidden: set[tuple[int, int]]) -> tuple[int, int] | None:
    """A further cell to hide, in the first line or column whose only hidden cell its sum would tell."""
    height, width = len(full), len(full[0])
    # The months' own totals first, and inside the table rather than on its lower edge: these totals are the same in every
    # view of the same people, and one that is hidden here could be read there.
    lines = [[(i, j) for j in range(width)] for i in reversed(range(height))]
    lines += [[(i, j) for i in range(height)] for j in range(width)]
    for line in lines:
        inside = [cell for cell in line if cell in hidden]
        # Two hidden cells of together less than ten tell almost as much as one.
        if len(inside) == 1 or (inside and sum(full[i][j] for i, j in inside) < THRESHOLD):
            left = sorted((cell for cell in line if cell not in hidden), key=lambda c: (c[0] == height - 1, full[c[0]][c[1]], c))
            if left:
                return left[0]
    return None


def safe_cell(value: object) -> str:
    """A text for CSV that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
