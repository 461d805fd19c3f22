"""What the desk's pages send."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from .words import OUTCOMES

__all__ = ["MAX_CHARS", "CloseForm", "ListChoice", "NoteForm", "WriteForm"]

MAX_CHARS = 4000
TABS = ("open", "mine", "team", "closed")
ORDERS = ("newest", "oldest", "longest")


@dataclass(frozen=True)
class ListChoice:
    """What the list shows; anything unknown in the address means the usual."""

    tab: str = "open"
    order: str = "newest"
    language: str = ""
    urgent: bool = False

    @classmethod
    def of(cls, asked: QueryDict) -> ListChoice:
        tab, order = asked.get("tab"), asked.get("order")
        return cls(
            tab if tab in TABS else "open", order if order in ORDERS else "newest", asked.get("language", "")[:12],
            asked.get("urgent") == "1",
        )  # fmt: skip

    @property
    def filtered(self) -> bool:
        return bool(self.language or self.urgent)

    def address(self, **changes: str) -> str:
        """The query of the same list with ``changes``."""
        query = {"tab": self.tab, "order": self.order, "language": self.language, "urgent": "1" if self.urgent else ""}
        return "?" + urlencode({k: v for k, v in {**query, **changes}.items() if v})


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
