"""Form fields for what the tables keep as JSON: postcodes, opening hours, languages, a title per language."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bot.language.tags import ON_OFFER, own_name

__all__ = ["AreasField", "DaysField", "HoursField", "LanguagesField"]

_AREA = re.compile(r"[1-9][0-9]{3}", re.ASCII)
_MOST_DAYS = 100
_DAYS = ("ma", "di", "wo", "do", "vr", "za", "zo")
_LINE = re.compile(r"(ma|di|wo|do|vr|za|zo)\s+([01]\d|2[0-3]):([0-5]\d)\s*[-–]\s*([01]\d|2[0-3]):([0-5]\d)", re.ASCII)


class AreasField(forms.CharField):
    """``3061, 3062`` to ``["3061", "3062"]``."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:
        found = [part for part in re.split(r"[\s,;]+", value or "") if part]
        if not all(map(_AREA.fullmatch, found)):
            raise forms.ValidationError(_("Schrijf de vier cijfers van elke postcode, met komma's ertussen."))
        return list(dict.fromkeys(found))


class HoursField(forms.CharField):
    """One line a day, ``ma 09:00-17:00``, to ``{"1": ["09:00", "17:00"]}``."""

    widget = forms.Textarea(attrs={"rows": 5})

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return "\n".join(f"{_DAYS[int(day) - 1]} {opens}-{closes}" for day, (opens, closes) in sorted(value.items()))

    def to_python(self, value: Any) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for line in filter(None, map(str.strip, (value or "").lower().splitlines())):
            match = _LINE.fullmatch(line)
            if not match or match[2] + match[3] >= match[4] + match[5]:
                raise forms.ValidationError(_("Schrijf elke dag zo: ma 09:00-17:00"))
            day = str(_DAYS.index(match[1]) + 1)
            if day in found:  # the second would take the place of the first unseen
                raise forms.ValidationError(_("Schrijf één regel per dag, zonder de pauze: ma 09:00-17:00"))
            found[day] = [f"{match[2]}:{match[3]}", f"{match[4]}:{match[5]}"]
        return found


class DaysField(forms.CharField):
    """One day a line, ``24-12-2026``, to ``["2026-12-24"]`` in order."""

    widget = forms.Textarea(attrs={"rows": 3})

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        return "\n".join(f"{dt.date.fromisoformat(day):%d-%m-%Y}" for day in value)

    def to_python(self, value: Any) -> list[str]:
        lines = [line for line in map(str.strip, re.split(r"[\n,;]", value or "")) if line]
        try:
            days = {dt.datetime.strptime(line, "%d-%m-%Y").date() for line in lines}
        except ValueError:
            raise forms.ValidationError(_("Schrijf elke dag zo: 24-12-2026")) from None
        if len(days) > _MOST_DAYS:
            raise forms.ValidationError(_("Dat zijn te veel dagen. Neem er minder tegelijk."))
        return [day.isoformat() for day in sorted(days)]


class LanguagesField(forms.MultipleChoiceField):
    """Tags of the languages on offer, each under its own name."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=[(tag, own_name(tag)) for tag in ON_OFFER], **kwargs)
