"""The phrases library: picked in Dutch, filled in, and shown in the resident's language before it is sent."""

from __future__ import annotations

import datetime as dt
import string
from dataclasses import dataclass
from functools import cache

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as lazy

from bot.language import locales
from bot.language.catalogue import render, translate
from bot.language.sources import BUTTON, load_phrases, load_sources, strings
from bot.neighbourhood.models import Helper, Place
from bot.neighbourhood.when import date_words

__all__ = ["GROUPS", "Filled", "PhraseForm", "answer_in_dutch", "filled", "groups", "is_reviewed", "said_in_dutch"]

GROUPS = {
    "intro": lazy("Kennismaken"),
    "appointment": lazy("Afspraak"),
    "contact": lazy("Contact"),
    "paper": lazy("Brieven en papieren"),
    "interpreter": lazy("Tolk"),
    "place": lazy("Waar we zijn"),
    "step": lazy("Tussendoor"),
    "end": lazy("Afronden"),
}
_AUTOMATIC = {"helper", "team"}
_SHORT = 60
# Who is told to come somewhere gets the way on foot with it.
_WITH_THE_WAY = {"phrase.place.walk_in", "phrase.place.find"}


@dataclass(frozen=True)
class Filled:
    """A phrase in Dutch and in the resident's language, with the answers in both."""

    dutch: str
    text: str
    lang: str
    dir: str
    answers: list[tuple[str, str]]


def _fields(key: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(load_sources()[key][0].text) if name}


def groups() -> list[tuple[str, list[tuple[str, str]]]]:
    """[(group in the desk's language, [(key, Dutch text)])] in the order of the file."""
    found = load_phrases()
    texts = {key: said_in_dutch(key) for key in found}
    return [(str(title), [(k, texts[k]) for k, g in found.items() if g == group]) for group, title in GROUPS.items()]


def said_in_dutch(key: str) -> str:
    """A phrase as the list shows it, with dots for what is filled in."""
    text = load_sources()[key][0].text
    return text.format_map(dict.fromkeys(_fields(key), "…"))


@cache
def _titles(tag: str) -> dict[str, str]:
    titles = dict.fromkeys(msgid for context, msgid, _, _ in strings() if context == BUTTON)
    return {translate(BUTTON, title, tag) or title: title for title in titles}


def answer_in_dutch(title: str, tag: str) -> str:
    """The Dutch of a tapped button; empty when it is no button of ours or is Dutch already."""
    return "" if tag == "nl" else _titles(tag).get(title, "")


@cache
def is_reviewed(tag: str) -> bool:
    """Whether a native speaker has read this language's texts."""
    return tag == "nl" or bool(dict(locales.read(tag).mime_headers).get("Reviewed-By"))


class PhraseForm(forms.Form):
    """What a phrase asks for; only its own placeholders."""

    day = forms.DateField(required=False)
    time = forms.TimeField(required=False)
    place = forms.ModelChoiceField(Place.objects.none(), required=False)
    minutes = forms.IntegerField(required=False, min_value=1, max_value=240)
    number = forms.CharField(required=False, max_length=_SHORT)
    person = forms.CharField(required=False, max_length=_SHORT)
    paper = forms.CharField(required=False, max_length=200)

    def __init__(self, key: str, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self._shows_the_way = key in _WITH_THE_WAY
        wanted = _fields(key) - _AUTOMATIC
        asked = {f for name in wanted for f in (("day", "time") if name == "when" else (name,))}
        for name in set(self.fields) - asked:
            del self.fields[name]
        for name in asked:
            self.fields[name].required = True
        if "place" in asked:
            self.fields["place"].queryset = Place.objects.filter(active=True).order_by("name")

    def values(self, helper: Helper, tag: str) -> dict[str, str]:
        """The placeholders in the language ``tag``; only of a valid form."""
        given = {name: str(value) for name, value in self.cleaned_data.items() if name not in ("day", "time", "place")}
        if "day" in self.cleaned_data:
            at = dt.datetime.combine(self.cleaned_data["day"], self.cleaned_data["time"], timezone.get_default_timezone())
            given["when"] = date_words(at, tag)
        if place := self.cleaned_data.get("place"):
            where = place.on_foot_link if self._shows_the_way else ""
            given["place"] = ", ".join(filter(None, (place.name, place.address))) + (f" ({where})" if where else "")
        return {**given, "helper": helper.first_name, "team": helper.team.name}


def filled(key: str, form: PhraseForm, helper: Helper, tag: str) -> Filled:
    """The phrase as it would be sent; ``form`` is valid."""
    dutch, said = (render(key, t, **form.values(helper, t)) for t in ("nl", tag))
    answers = [(theirs[0], ours[0]) for theirs, ours in zip(said.buttons, dutch.buttons)]
    return Filled(dutch.text, said.text, said.lang, said.dir, answers)
