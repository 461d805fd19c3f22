"""Small numbers: hidden, and not to be worked out from what is shown."""

import itertools
import random

from bot.desk.suppression import THRESHOLD, protect, safe_cell


def _grid(table):
    lines = [[*cells, total] for cells, total in zip(table.rows and table.cells, table.row_totals)]
    return [*lines, [*table.column_totals, table.total]]


def _could_be(shown, truth):
    """For every hidden cell, whether another value is possible by the sums of its line and column alone."""
    height, width = len(shown), len(shown[0])
    lines = [[(i, j) for j in range(width)] for i in range(height)] + [[(i, j) for i in range(height)] for j in range(width)]
    for line in lines:
        hidden = [(i, j) for i, j in line if shown[i][j] is None]
        if len(hidden) == 1:
            return False
        if hidden and sum(truth[i][j] for i, j in hidden) < THRESHOLD and len(hidden) < len(line):
            return False
    return True


def test_no_cell_below_ten_is_shown_and_none_can_be_worked_out():
    """Five hundred tables of any shape: no line hides exactly one cell, none so little that it tells anyway."""
    dice = random.Random(6)
    for _ in range(500):
        rows, columns = [f"r{i}" for i in range(dice.randint(1, 6))], [f"c{j}" for j in range(dice.randint(1, 6))]
        counts = {(r, c): dice.choice([0, 0, 1, 4, 9, 10, 11, 30, 200]) for r, c in itertools.product(rows, columns)}
        shown = _grid(protect(rows, columns, counts))
        assert all(n is None or n == 0 or n >= THRESHOLD for line in shown for n in line)
        truth = [[counts[r, c] for c in columns] + [sum(counts[r, c] for c in columns)] for r in rows]
        truth.append([sum(line[j] for line in truth) for j in range(len(columns) + 1)])
        assert _could_be(shown, truth), (counts, shown)
        assert all(n is None or n == truth[i][j] for i, line in enumerate(shown) for j, n in enumerate(line))


def test_large_numbers_stay():
    """Nothing is hidden without need."""
    table = protect(["a", "b"], ["x", "y"], dict.fromkeys(itertools.product("ab", "xy"), 20))
    assert (table.cells, table.row_totals, table.column_totals, table.total) == (((20, 20),) * 2, (40, 40), (40, 40), 80)


def test_two_views_of_the_same_people_give_nothing_away_together():
    """By language one group is small, by neighbourhood all are one: the totals are the same in both."""
    by_language = protect(["ar", "pl", "tr"], ["maart"], {("ar", "maart"): 3, ("pl", "maart"): 24, ("tr", "maart"): 37})
    by_area = protect(["3061"], ["maart"], {("3061", "maart"): 64})
    assert by_language.total == by_area.total == 64
    assert by_language.cells == ((None,), (None,), (37,))


def test_one_small_cell_takes_another_with_it_in_row_and_column():
    """Else the totals would tell it."""
    counts = {("a", "x"): 3, ("a", "y"): 40, ("b", "x"): 50, ("b", "y"): 60}
    table = protect(["a", "b"], ["x", "y"], counts)
    assert table.cells[0][0] is None
    shown = _grid(table)
    assert all(sum(n is None for n in line) != 1 for line in [*shown, *zip(*shown)])


def test_a_text_that_a_spreadsheet_would_run_is_made_harmless():
    """Also behind a tab or a line break."""
    for text in ("=1+1", "+31", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1"):
        assert safe_cell(text) == f"'{text}"
    assert (safe_cell("Turks"), safe_cell(None), safe_cell(12)) == ("Turks", "", "12")
