"""The yearly report for the municipality: for whom the team could be reached, as a PDF that can be read on paper.

Every number is one that *Bereik* shows: over months that are over, nothing below ten. Nothing in it is about one person.
"""

from __future__ import annotations

import datetime as dt
from importlib.util import find_spec
from pathlib import Path

from django.utils.translation import gettext as _
from fpdf import FPDF
from fpdf.fonts import FontFace

from bot.language.tags import ON_OFFER
from bot.neighbourhood.models import Place, Team

from .phrases import is_reviewed
from .reach import VIEWS, last_months, month_words, reach
from .suppression import Table
from .words import language_name

__all__ = ["fonts", "report"]

_VIEWS = ("contact", "understood", "language", "area", "door", "first_human", "promise", "ending")
_INK, _SOFT, _TINT = (38, 35, 32), (95, 88, 80), (230, 240, 238)


def fonts() -> Path:
    """DejaVu, which has the letters of people's and places' names; it comes with matplotlib, which Rasa needs."""
    found = find_spec("matplotlib")
    return Path(str(found.origin)).parent / "mpl-data" / "fonts" / "ttf" if found else Path()


class _Paper(FPDF):
    """A4 with a page number at the foot."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.add_font("Sans", "", fonts() / "DejaVuSans.ttf")
        self.add_font("Sans", "B", fonts() / "DejaVuSans-Bold.ttf")
        self.set_title(title)
        self.set_lang("nl")
        self.set_margin(20)
        self.set_auto_page_break(True, 20)
        self.add_page()

    def footer(self) -> None:
        self.set_y(-15)
        self._write(str(self.page_no()), 9, color=_SOFT, align="C")

    def _write(self, text: str, size: float, bold: bool = False, color: tuple[int, int, int] = _INK, align: str = "L") -> None:
        self.set_font("Sans", "B" if bold else "", size)
        self.set_text_color(*color)
        self.multi_cell(0, size * 0.5, text, align=align, new_x="LMARGIN", new_y="NEXT")

    def heading(self, text: str) -> None:
        self.ln(5)
        self.start_section(text)
        self._write(text, 14, bold=True)
        self.ln(1)

    def paragraph(self, text: str) -> None:
        self._write(text, 10.5)
        self.ln(1)

    def rows(self, head: tuple[str, str], lines: list[tuple[str, str]]) -> None:
        self.set_font("Sans", "", 10)
        self.set_text_color(*_INK)
        style = FontFace(emphasis="BOLD", fill_color=_TINT)
        layout = {"col_widths": (3, 1), "text_align": ("LEFT", "RIGHT"), "headings_style": style, "line_height": 6.5}
        with self.table(borders_layout="HORIZONTAL_LINES", **layout) as table:
            for line in (head, *lines):
                table.row(line)


def _number(count: int | None) -> str:
    return "<10" if count is None else str(count)


def _totals(table: Table) -> list[tuple[str, str]]:
    lines = [(name, _number(total)) for name, total in zip(table.rows, table.row_totals)]
    return [*lines, (_("totaal"), _number(table.total))]


def report(team: Team, today: dt.date) -> bytes:
    """The PDF for the twelve months before the one of ``today``."""
    months = last_months(today)
    period = {"first": month_words(months[0]), "last": month_words(months[-1]), "team": team.name}
    paper = _Paper(_("Toegankelijkheid van %(team)s") % period)
    paper._write(_("Toegankelijkheid van %(team)s") % period, 20, bold=True)
    paper.ln(2)
    paper.paragraph(_("Voor de gemeente, over %(first)s tot en met %(last)s.") % period)
    paper.paragraph(
        _("Aantallen zijn mensen, per maand één keer geteld. Onder de tien staat er <10, ook waar een getal dat zou verraden.")
    )
    for view in _VIEWS:
        paper.heading(str(VIEWS[view]))
        table = reach(team, view)
        if table.rows:
            paper.rows((str(VIEWS[view]), _("mensen")), _totals(table))
        else:
            paper.paragraph(_("In deze maanden is hier niets te tellen."))
    _ways_in(paper, team)
    return bytes(paper.output())


def _ways_in(paper: _Paper, team: Team) -> None:
    """What does not hang on numbers: languages, places, and how the pages were tested."""
    paper.heading(_("Talen"))
    paper.paragraph(_("In deze talen kan een bewoner schrijven en lezen:"))
    state = {True: _("nagelezen"), False: _("nog niet nagelezen")}
    paper.rows((_("taal"), _("teksten")), [(language_name(t).in_dutch, state[is_reviewed(t)]) for t in ON_OFFER])
    walk_in = Place.objects.filter(active=True, walk_in=True).order_by("name")
    if walk_in:
        paper.heading(_("Inlopen kan hier"))
        for place in walk_in:
            paper.paragraph(", ".join(filter(None, (place.name, place.address, place.hours))))
    paper.heading(_("De pagina's zelf"))
    paper.paragraph(
        _("De chat en de desk zijn gemaakt volgens WCAG 2.2 AA. Elke versie wordt getest: met axe op elke pagina van de desk, "
          "licht en donker, met alleen het toetsenbord, op twee keer de grootte en zonder beweging.")
    )  # fmt: skip
