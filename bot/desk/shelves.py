"""What a coordinator keeps up to date, each kind on a shelf: places, activities, stories, facts, partners, agreements, cases.

Nothing is deleted: a handover, a timeline or a promise may point to it. What is over is set aside.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Model, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from bot.language.tags import ON_OFFER, own_name
from bot.language.wording import lint_text
from bot.neighbourhood.community import Agreement, CaseCard, Partner, Story
from bot.neighbourhood.models import Activity, Helper, LocalFact, Place
from bot.privacy.mask import mask

from .fields import LanguagesField
from .roles import Role, Staff

__all__ = ["SHELVES", "Shelf"]

_DAY = {"type": "date"}
_WEEKDAYS = tuple(enumerate((lazy("maandag"), lazy("dinsdag"), lazy("woensdag"), lazy("donderdag"), lazy("vrijdag"),
                             lazy("zaterdag"), lazy("zondag")), 1))  # fmt: skip


class _Form(forms.ModelForm):
    """A form that knows who fills it in."""

    def __init__(self, *args: Any, staff: Staff, **kwargs: Any) -> None:
        self.staff = staff
        super().__init__(*args, **kwargs)


class PlaceForm(_Form):
    class Meta:
        model = Place
        fields = ["name", "address", "walk_in", "hours", "active"]
        labels = {"name": lazy("Naam"), "address": lazy("Adres"), "walk_in": lazy("Langskomen zonder afspraak"),
                  "hours": lazy("Wanneer open, in woorden"), "active": lazy("In gebruik")}  # fmt: skip


class ActivityForm(_Form):
    title = forms.CharField(max_length=80, label=lazy("Wat (in het Nederlands)"))
    weekday = forms.TypedChoiceField(choices=_WEEKDAYS, coerce=int, label=lazy("Dag van de week"))
    languages = LanguagesField(required=False, label=lazy("Talen die er gesproken worden"))

    class Meta:
        model = Activity
        fields = ["title", "place", "weekday", "time", "on_date", "until", "helper", "languages", "free", "children", "active"]
        labels = {"place": lazy("Plek"), "time": lazy("Tijd"), "on_date": lazy("Alleen op deze dag"),
                  "until": lazy("Tot en met"), "helper": lazy("Wie is er van de sleutelpersonen"), "free": lazy("Gratis"),
                  "children": lazy("Kinderen mogen mee"), "active": lazy("Gaat door")}  # fmt: skip
        widgets = {"on_date": forms.DateInput(_DAY, "%Y-%m-%d"), "until": forms.DateInput(_DAY, "%Y-%m-%d"),
                   "time": forms.TimeInput({"type": "time"}, "%H:%M")}  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].queryset = Place.objects.filter(active=True).order_by("name")
        self.fields["place"].label_from_instance = lambda place: place.name
        self.fields["helper"].required = False
        self.fields["helper"].queryset = Helper.objects.filter(active=True, kind=Helper.Kind.KEY_PERSON)
        if self.staff.role == Role.KEY_PERSON:  # their own, whatever the form says
            del self.fields["helper"]
        self.fields["title"].initial = self.instance.titles.get("nl", "") if self.instance.pk else ""

    def clean_title(self) -> str:
        # Residents are told of it: the same words hold as for every text of ours.
        if hits := [hit for hit in lint_text(self.cleaned_data["title"], "nl") if hit.level == "error"]:
            raise forms.ValidationError(_("Kies een ander woord dan: %(word)s") % {"word": hits[0].match})
        return self.cleaned_data["title"]

    def save(self, commit: bool = True) -> Activity:
        self.instance.titles = {**(self.instance.titles or {}), "nl": self.cleaned_data["title"]}
        if "active" in self.changed_data:  # from now on it is on or off by hand
            self.instance.off_by_calendar = False
        if self.instance.on_date:
            self.instance.weekday = self.instance.on_date.isoweekday()
        if self.staff.role == Role.KEY_PERSON:
            self.instance.helper = self.staff.helper
        return super().save(commit)


_TOPICS = (
    ("", lazy("alles")), (Story.Topic.LETTERS, lazy("brieven")), (Story.Topic.HOME, lazy("thuis en rekeningen")),
    (Story.Topic.WORK, lazy("werk en inkomen")), (Story.Topic.FAMILY, lazy("familie en feest")),
    (Story.Topic.ASKING, lazy("hulp vragen")),
)  # fmt: skip


class StoryForm(_Form):
    language = forms.ChoiceField(choices=[(tag, own_name(tag)) for tag in ON_OFFER], label=lazy("Taal"))
    topic = forms.ChoiceField(choices=_TOPICS, required=False, label=lazy("Waarover"))

    class Meta:
        model = Story
        fields = ["language", "topic", "title", "text", "agreed", "active"]
        labels = {"title": lazy("Titel"), "text": lazy("Verhaal, zonder namen"),
                  "agreed": lazy("Wie dit vertelde, zei ja tegen doorvertellen"), "active": lazy("In gebruik")}  # fmt: skip

    def clean(self) -> dict[str, Any]:
        found = super().clean()
        text, tag = f"{found.get('title', '')}\n{found.get('text', '')}", found.get("language", "nl")
        if hits := [hit for hit in lint_text(text, tag) if hit.tier == "label" and hit.level == "error"]:
            raise forms.ValidationError(_("Kies een ander woord dan: %(word)s") % {"word": hits[0].match})
        if mask(text).text != text:
            raise forms.ValidationError(_("Er staat een nummer of adres in dat bij een persoon hoort. Haal dat weg."))
        return found


class FactForm(_Form):
    class Meta:
        model = LocalFact
        fields = ["value", "source", "checked_by", "checked_on", "valid_until"]
        labels = {"value": lazy("Wat bewoners horen"), "source": lazy("Bron"), "checked_by": lazy("Nagekeken door"),
                  "checked_on": lazy("Nagekeken op"), "valid_until": lazy("Geldig tot en met")}  # fmt: skip
        widgets = {"checked_on": forms.DateInput(_DAY, "%Y-%m-%d"), "valid_until": forms.DateInput(_DAY, "%Y-%m-%d")}


class PartnerForm(_Form):
    class Meta:
        model = Partner
        fields = ["name", "contact", "active"]
        labels = {"name": lazy("Naam"), "contact": lazy("Wie en hoe bereikbaar"), "active": lazy("In gebruik")}


class AgreementForm(_Form):
    class Meta:
        model = Agreement
        fields = ["partner", "helper", "who_does_what", "reached", "made_on", "renew_on", "active"]
        labels = {"partner": lazy("Met organisatie"), "helper": lazy("Met sleutelpersoon"),
                  "who_does_what": lazy("Wie doet wat"), "reached": lazy("Hoe bereiken jullie elkaar"),
                  "made_on": lazy("Afgesproken op"), "renew_on": lazy("Opnieuw bekijken"), "active": lazy("Geldt")}  # fmt: skip
        widgets = {"made_on": forms.DateInput(_DAY, "%Y-%m-%d"), "renew_on": forms.DateInput(_DAY, "%Y-%m-%d")}

    def clean(self) -> dict[str, Any]:
        found = super().clean()
        if bool(found.get("partner")) == bool(found.get("helper")):
            raise forms.ValidationError(_("Kies een organisatie of een sleutelpersoon."))
        return found


class CaseForm(_Form):
    class Meta:
        model = CaseCard
        fields = ["title", "situation", "question", "active"]
        labels = {"title": lazy("Titel"), "situation": lazy("Situatie, verzonnen"), "question": lazy("Vraag voor het team"),
                  "active": lazy("In gebruik")}  # fmt: skip

    def clean_situation(self) -> str:
        text = self.cleaned_data["situation"]
        if mask(text).text != text:
            raise forms.ValidationError(_("Er staat een nummer of adres in dat bij een persoon hoort. Haal dat weg."))
        return text

    def save(self, commit: bool = True) -> CaseCard:
        self.instance.team = self.staff.team
        return super().save(commit)


@dataclass(frozen=True)
class Shelf:
    """One kind of thing: who keeps it, which are theirs to see, how a row reads; ``fixed`` ones cannot be added to."""

    title: Promise
    hint: Promise
    form: type[_Form]
    rows: Callable[[Staff], QuerySet]
    cells: Callable[[Any], list[str]]
    roles: frozenset[Role]
    fixed: bool = False


def _activities(staff: Staff) -> QuerySet:
    found = Activity.objects.select_related("place", "helper").order_by("-active", "weekday", "time")
    return found.filter(helper=staff.helper) if staff.role == Role.KEY_PERSON else found


def _when(activity: Activity) -> str:
    day = f"{activity.on_date:%d-%m-%Y}" if activity.on_date else str(dict(_WEEKDAYS)[activity.weekday])
    return f"{day} {activity.time:%H:%M}"


def _until(fact: LocalFact) -> str:
    left = (fact.valid_until - timezone.localdate()).days
    if left < 0:
        return _("verlopen: bewoners horen dit niet meer")
    return _("nog %(days)s dagen geldig") % {"days": left}


def _renew(agreement: Agreement) -> str:
    day = f"{agreement.renew_on:%d-%m-%Y}"
    if agreement.active and agreement.renew_on < timezone.localdate():
        return _("opnieuw bekijken: sinds %(day)s") % {"day": day}
    return _("opnieuw bekijken: %(day)s") % {"day": day}


def _with(agreement: Agreement) -> str:
    return str(agreement.partner or agreement.helper)


_COORDINATOR = frozenset({Role.COORDINATOR})
SHELVES: dict[str, Shelf] = {
    "places": Shelf(lazy("Plekken"), lazy("Waar mensen elkaar zien, en waar langskomen zonder afspraak kan."), PlaceForm,
        lambda staff: Place.objects.order_by("-active", "name"), lambda p: [p.name, p.address, p.hours], _COORDINATOR),
    "activities": Shelf(lazy("Activiteiten"), lazy("Wat bewoners horen als ze vragen wat er te doen is."), ActivityForm,
        _activities, lambda a: [a.titles["nl"], _when(a), a.place.name, a.helper.first_name if a.helper else ""],
        frozenset({Role.COORDINATOR, Role.KEY_PERSON})),
    "stories": Shelf(lazy("Verhalen"), lazy("Ervaringen in de eigen taal, verteld met een ja en zonder naam."), StoryForm,
        lambda staff: Story.objects.order_by("-active", "language", "title"), lambda s: [s.title, own_name(s.language)],
        _COORDINATOR),
    "facts": Shelf(lazy("Feiten"), lazy("Nummers en regels van hier. Verlopen feiten horen bewoners niet."), FactForm,
        lambda staff: LocalFact.objects.order_by("valid_until"), lambda f: [f.key, f.value, _until(f)],
        frozenset({Role.COORDINATOR, Role.MAINTAINER}), fixed=True),
    "partners": Shelf(lazy("Organisaties"), lazy("Gelijkwaardige partners in de buurt, groot en klein."), PartnerForm,
        lambda staff: Partner.objects.order_by("-active", "name"), lambda p: [p.name, p.contact], _COORDINATOR),
    "agreements": Shelf(lazy("Afspraken"), lazy("Wie doet wat, en wanneer kijken jullie er weer naar."), AgreementForm,
        lambda staff: Agreement.objects.select_related("partner", "helper").order_by("-active", "renew_on"),
        lambda a: [_with(a), a.who_does_what, _renew(a)], _COORDINATOR),
    "cases": Shelf(lazy("Casussen"), lazy("Verzonnen situaties om samen over te praten. Nooit van een bewoner."), CaseForm,
        lambda staff: CaseCard.objects.filter(team=staff.team).order_by("-active", "title"), lambda c: [c.title, c.question],
        frozenset({Role.WORKER, Role.COORDINATOR})),
}  # fmt: skip


def is_set_aside(thing: Model) -> bool:
    """Whether it is kept only for what points to it."""
    return not getattr(thing, "active", True)
