"""The nine-field card for working with everybody in a neighbourhood: a team's own look, beside what the desk measures.

The fields follow the bingo card for diversity-sensitive work of the Dutch knowledge platform KIS, in our words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from bot.neighbourhood.community import SelfCheck
from bot.neighbourhood.models import Helper, Team

from .reach import sums
from .suppression import THRESHOLD

__all__ = ["ANSWERS", "FIELDS", "CheckField", "SelfCheckForm", "card_of", "measured"]

ANSWERS = (("yes", lazy("ja")), ("partly", lazy("deels")), ("not_yet", lazy("nog niet")))


@dataclass(frozen=True)
class CheckField:
    """One of the nine: a title and the question behind it."""

    name: str
    title: Promise
    question: Promise


FIELDS = (
    CheckField("vision", lazy("Visie"), lazy("Weten wij samen waarom we iedereen willen bereiken, en staat dat ergens?")),
    CheckField("training", lazy("Leren"), lazy("Oefenen we gesprekken over geld en taal, en kijken we naar onze eigen blik?")),
    CheckField("team", lazy("Samenstelling"), lazy("Zijn er vrouwen en mannen, en mensen met verschillende talen?")),
    CheckField("key_persons", lazy("Sleutelpersonen"), lazy("Werken we gelijkwaardig samen, met afspraken op papier?")),
    CheckField("communication", lazy("Taal"), lazy("Vragen we een tolk als dat nodig is, en nooit een kind?")),
    CheckField("network", lazy("Eigen netwerk"), lazy("Vragen we wie er al helpt, en mag die meedoen?")),
    CheckField("neighbourhood", lazy("Buurt"), lazy("Komen we waar mensen al zijn: eten, sport, moskee, school?")),
    CheckField("informal_loans", lazy("Lenen van elkaar"), lazy("Begrijpen we lenen en geven in de familie, zonder oordeel?")),
    CheckField("tools", lazy("Hulpmiddelen"), lazy("Hebben we filmpjes, zinnen en papieren die mensen begrijpen?")),
)  # fmt: skip


class SelfCheckForm(forms.Form):
    """Nine times yes, partly or not yet, a note and a next step."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in FIELDS:
            self.fields[f"{field.name}_answer"] = forms.ChoiceField(choices=ANSWERS, required=False)
            self.fields[f"{field.name}_note"] = forms.CharField(max_length=300, required=False)
            self.fields[f"{field.name}_next"] = forms.CharField(max_length=200, required=False)

    def answers(self) -> dict[str, dict[str, str]]:
        """As ``SelfCheck.answers`` keeps them; only of a valid form."""
        given = self.cleaned_data
        return {f.name: {part: given[f"{f.name}_{part}"] for part in ("answer", "note", "next")} for f in FIELDS}


def card_of(team: Team) -> list[dict[str, Any]]:
    """The nine fields with the newest answers and what the desk measured."""
    last = SelfCheck.objects.filter(team=team).first()
    answers, seen = last.answers if last else {}, measured(team)
    said = {code: words for code, words in ANSWERS}
    return [
        {"field": f, **{k: answers.get(f.name, {}).get(k, "") for k in ("answer", "note", "next")},
         "words": said.get(answers.get(f.name, {}).get("answer", ""), ""), "measured": seen.get(f.name, "")}
        for f in FIELDS
    ]  # fmt: skip


def measured(team: Team) -> dict[str, str]:
    """Sentences from the last twelve months that are over; nothing about fewer than ten people."""
    wished, held = sums(team, "interpreter"), sums(team, "helper")
    told = {"team": _languages(team)}
    if sum(wished.values()) < THRESHOLD:
        return {**told, "communication": _("Nog te weinig overdrachten om iets over te zeggen.")}
    told["communication"] = _share(wished.get("asked", 0), sum(wished.values()), _("vroeg om een tolk"))
    key_persons, lent = held.get(Helper.Kind.KEY_PERSON, 0), sums(team, "loan")
    told["informal_loans"] = _share(lent.get("informal", 0), sum(lent.values()), _("ging over lenen of geven in de familie"))
    return {**told, "key_persons": _share(key_persons, sum(held.values()), _("ging naar een sleutelpersoon"))}


def _share(count: int, total: int, words: str) -> str:
    """Neither the count nor what is left of it may be small."""
    if min(count, total - count) < THRESHOLD:
        return _("Te weinig om iets over te zeggen.")
    return _("%(share)s procent %(words)s.") % {"share": round(100 * count / total), "words": words}


def _languages(team: Team) -> str:
    spoken = {tag for languages in team.helpers.filter(active=True).values_list("languages", flat=True) for tag in languages}
    return _("Jullie spreken %(count)s talen.") % {"count": len(spoken)}
