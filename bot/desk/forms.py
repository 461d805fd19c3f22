"""What the desk's pages send."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from .words import OUTCOMES, WAYS, WISHES

__all__ = ["MAX_CHARS", "AttemptForm", "CloseForm", "ListChoice", "NoteForm", "WriteForm", "whole_number"]

MAX_CHARS = 4000
_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)
_AREA = re.compile(r"[1-9][0-9]{3}", re.ASCII)
TABS = ("open", "mine", "waiting", "late", "urgent", "team", "closed")
ORDERS = ("promise", "newest", "oldest")


def whole_number(text: str) -> int:
    """A number that a page sent; 0 for anything that is none, or larger than any of ours."""
    return int(text) if _NUMBER.fullmatch(text) else 0


@dataclass(frozen=True)
class ListChoice:
    """What the list shows; anything unknown in the address means the usual."""

    tab: str = "open"
    order: str = "promise"
    language: str = ""
    wish: str = ""
    area: str = ""
    urgent: bool = False
    page: int = 1

    @classmethod
    def of(cls, asked: QueryDict) -> ListChoice:
        tab, order, wish, area, page = (asked.get(n, "") for n in ("tab", "order", "wish", "area", "page"))
        return cls(
            tab if tab in TABS else "open", order if order in ORDERS else "promise", asked.get("language", "")[:12],
            wish if wish in dict(WISHES) else "", area if _AREA.fullmatch(area) else "", asked.get("urgent") == "1",
            min(whole_number(page), 1000) or 1,
        )  # fmt: skip

    @property
    def filtered(self) -> bool:
        return bool(self.language or self.urgent or self.wish or self.area)

    def address(self, **changes: str) -> str:
        """The query of the same list with ``changes``; another choice begins at the first page."""
        query = {
            "tab": self.tab, "order": self.order, "language": self.language, "wish": self.wish, "area": self.area,
            "urgent": "1" if self.urgent else "", "page": "" if changes or self.page == 1 else str(self.page),
        }  # fmt: skip
        return "?" + urlencode({k: v for k, v in {**query, **changes}.items() if v})

    @property
    def next_page(self) -> str:
        return self.address(page=str(self.page + 1))

    @property
    def previous_page(self) -> str:
        return self.address(page=str(self.page - 1)) if self.page > 1 else ""


class _TextForm(forms.Form):
    text = forms.CharField(
        strip=True, error_messages={"required": _("Er staat nog geen tekst. Schrijf iets en verstuur opnieuw.")}
    )

    def clean_text(self) -> str:
        # A browser sends \r\n and counts one.
        text = self.cleaned_data["text"].replace("\r\n", "\n")
        if len(text) > MAX_CHARS:
            raise forms.ValidationError(_("Je tekst is te lang: hoogstens 4000 tekens. Maak er twee berichten van."))
        return text

    def error(self) -> str:
        return " ".join(str(e) for errors in self.errors.values() for e in errors)


class WriteForm(_TextForm):
    """A message to the resident; ``client_id`` makes a second click the same message."""

    client_id = forms.UUIDField(required=False)


class NoteForm(_TextForm):
    """A remark for colleagues."""


class CloseForm(forms.Form):
    """How it ended."""

    outcome = forms.ChoiceField(choices=OUTCOMES, error_messages={"required": _("Kies eerst hoe het is afgelopen.")})


class AttemptForm(forms.Form):
    """Trying to reach somebody outside the chat."""

    way = forms.ChoiceField(choices=WAYS)
    reached = forms.ChoiceField(choices=[("yes", ""), ("no", "")])
