"""Forms about people: a helper, an absence, a team, an invitation; and who may touch whom."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from bot.handover.models import Handover
from bot.handover.states import announce_desk
from bot.handover.transitions import HELD
from bot.neighbourhood.accounts import AccountEvent
from bot.neighbourhood.models import Absence, Activity, Helper, Team
from bot.neighbourhood.teams import readers

from .fields import AreasField, DaysField, HoursField, LanguagesField
from .invitations import end_sessions
from .roles import Role, Staff, helper_role

__all__ = [
    "AbsenceForm", "HelperForm", "InviteForm", "LastReader", "StillHolds", "TeamForm", "bring_back", "change", "end_leave",
    "helpers_of", "let_go",
]  # fmt: skip

_DAY = {"type": "date"}


class StillHolds(Exception):
    """This helper still holds conversations. Hand them on first, so that nobody is forgotten."""


class LastReader(Exception):
    """Somebody waits, and nobody else in this team would see it. Invite a colleague or hand it on first."""


def helpers_of(staff: Staff) -> QuerySet[Helper]:
    """The coordinator's own team; everybody for an administrator, who sees people and never content."""
    found = Helper.objects.select_related("team", "user").order_by("-active", "team__name", "first_name")
    return found if staff.role == Role.ADMINISTRATOR else found.filter(team=staff.team)


class HelperForm(forms.ModelForm):
    """What residents and colleagues know of a helper."""

    gender = forms.ChoiceField(
        choices=[("", lazy("zegt het liever niet")), ("woman", lazy("vrouw")), ("man", lazy("man"))], required=False,
        label=lazy("Vrouw of man"),
    )  # fmt: skip
    languages = LanguagesField(required=False, label=lazy("Talen"))
    areas = AreasField(required=False, label=lazy("Postcodes waar deze helper thuis is"))
    hours = HoursField(required=False, label=lazy("Eigen werktijden (leeg: die van het team)"))

    class Meta:
        model = Helper
        fields = ["first_name", "kind", "gender", "languages", "areas", "hours", "capacity", "coordinator"]
        labels = {"first_name": lazy("Naam die bewoners zien"), "kind": lazy("Rol"), "capacity": lazy("Gesprekken tegelijk"),
                  "coordinator": lazy("Coördinator")}  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [("worker", _("medewerker")), ("key_person", _("sleutelpersoon"))]


class AbsenceForm(forms.ModelForm):
    """Days away and who stands in."""

    class Meta:
        model = Absence
        fields = ["first_day", "last_day", "replacement"]
        labels = {"first_day": lazy("Vanaf"), "last_day": lazy("Tot en met"), "replacement": lazy("Vervangen door")}
        widgets = {"first_day": forms.DateInput(_DAY, "%Y-%m-%d"), "last_day": forms.DateInput(_DAY, "%Y-%m-%d")}

    def __init__(self, *args: Any, helper: Helper, **kwargs: Any) -> None:
        self.helper = helper
        super().__init__(*args, **kwargs)
        self.fields["replacement"].queryset = Helper.objects.filter(team=helper.team_id, active=True).exclude(pk=helper.pk)

    def clean(self) -> dict[str, Any]:
        found = super().clean()
        if found.get("first_day") and found.get("last_day") and found["first_day"] > found["last_day"]:
            raise forms.ValidationError(_("De laatste dag ligt voor de eerste."))
        return found

    def save(self, commit: bool = True) -> Absence:
        self.instance.helper = self.helper
        return super().save(commit)


def end_leave(helper: Helper, number: int | None, today: dt.date) -> None:
    """One absence of this helper ends: yesterday was its last day, and one that has not begun before today is gone."""
    helper.absences.filter(pk=number, first_day__gte=today).delete()
    helper.absences.filter(pk=number, last_day__gte=today).update(last_day=today - dt.timedelta(days=1))


def _between(given: int, least: int, most: int) -> int:
    if not least <= given <= most:
        raise forms.ValidationError(_("Kies een getal van %(least)s tot %(most)s.") % {"least": least, "most": most})
    return given


class TeamForm(forms.ModelForm):
    """What a team can be reached by, and who is on call."""

    areas = AreasField(required=False, label=lazy("Postcodes"))
    hours = HoursField(required=False, label=lazy("Openingstijden"))

    closed = DaysField(required=False, label=lazy("Dicht op deze dagen (feestdagen tellen vanzelf)"))

    def clean_urgent_minutes(self) -> int:
        return _between(self.cleaned_data["urgent_minutes"], 15, 120)

    def clean_promise_hours(self) -> int | None:
        given = self.cleaned_data["promise_hours"]
        return given if given is None else _between(given, 1, 40)

    class Meta:
        model = Team
        fields = [
            "areas",
            "hours",
            "closed",
            "urgent_minutes",
            "promise_hours",
            "interpreter_number",
            "interpreter_code",
            "on_call",
        ]
        labels = {"urgent_minutes": lazy("Bij spoed: binnen hoeveel open minuten (15 tot 120)"),
                  "promise_hours": lazy("Anders: binnen hoeveel open uren (leeg: vandaag, of de volgende dag voor twaalf uur)"),
                  "interpreter_number": lazy("Nummer van de tolk"),
                  "interpreter_code": lazy("Klantcode bij de tolk"), "on_call": lazy("Wie heeft dienst bij spoed")}  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on_call"].required = False
        self.fields["on_call"].queryset = Helper.objects.filter(team=self.instance, active=True)


class InviteForm(forms.Form):
    """Whom to let in; a coordinator only into the own team, only an administrator into an office."""

    first_name = forms.CharField(max_length=40, label=lazy("Voornaam"))
    email = forms.EmailField(label=lazy("E-mailadres"))
    role = forms.ChoiceField(label=lazy("Rol"))
    team = forms.ModelChoiceField(Team.objects.order_by("name"), required=False, label=lazy("Team"))

    def __init__(self, *args: Any, staff: Staff, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.staff = staff
        roles = [("worker", _("medewerker")), ("key_person", _("sleutelpersoon")), ("coordinator", _("coördinator"))]
        if staff.role == Role.ADMINISTRATOR:
            roles += [("maintainer", _("beheer van teksten")), ("administrator", _("beheer van mensen"))]
        else:
            del self.fields["team"]
        self.fields["role"].choices = roles

    @property
    def chosen_team(self) -> Team | None:
        """The own team for a coordinator, else what was chosen."""
        return self.cleaned_data.get("team") if self.staff.role == Role.ADMINISTRATOR else self.staff.team


@transaction.atomic
def change(form: HelperForm, staff: Staff) -> Helper:
    """Save what the form says; another role is written down with who gave it. ``form`` is valid. Raises LastReader."""
    stored = Helper.objects.select_for_update().get(pk=form.instance.pk)
    Team.objects.select_for_update(no_key=True).get(pk=stored.team_id)  # of two who change at once one is the last
    before, read = helper_role(stored), _reads(stored)
    helper = form.save()
    if read and not _reads(helper) and _waits_for(helper):
        raise LastReader
    if (after := helper_role(helper)) != before:
        AccountEvent.objects.create(
            email=helper.user.email, kind=AccountEvent.Kind.ROLE_CHANGED, actor=staff.user, before=before, after=after
        )
    return helper


def _reads(helper: Helper) -> bool:
    return readers().filter(pk=helper.pk).exists()


def _waits_for(helper: Helper) -> bool:
    """Whether somebody waits in the team and nobody but ``helper`` is sure to see it."""
    waiting = Handover.objects.filter(team=helper.team_id, state=Handover.State.OPEN)
    return waiting.exists() and not readers().filter(team=helper.team_id).exclude(pk=helper.pk).exists()


@transaction.atomic
def let_go(helper: Helper, staff: Staff) -> None:
    """Close the desk to a helper who leaves; nothing they did is lost. Raises StillHolds or LastReader."""
    Helper.objects.select_for_update().get(pk=helper.pk)
    Team.objects.select_for_update(no_key=True).get(pk=helper.team_id)  # of two who leave at once one is the last
    if Handover.objects.filter(holder=helper, state__in=HELD).exists():
        raise StillHolds
    if _waits_for(helper):
        raise LastReader
    Helper.objects.filter(pk=helper.pk).update(active=False)
    _count_on_no_more(helper)
    end_sessions(helper.user)
    AccountEvent.objects.create(email=helper.user.email, kind=AccountEvent.Kind.LEFT, actor=staff.user)


def _count_on_no_more(helper: Helper) -> None:
    """Nobody calls, asks, waits for or looks out for who left; coming back, they are asked anew."""
    live = Handover.objects.filter(state__in=Handover.LIVE)
    for handover in live.filter(Q(second=helper) | Q(asked_second=helper) | Q(meant_for=helper)):
        announce_desk(handover)
    for role in ("second", "asked_second", "meant_for"):
        live.filter(**{role: helper}).update(**{role: None})
    Team.objects.filter(on_call=helper).update(on_call=None)
    Activity.objects.filter(helper=helper).update(helper=None)
    Absence.objects.filter(replacement=helper).update(replacement=None)


@transaction.atomic
def bring_back(helper: Helper, staff: Staff) -> None:
    """Open the desk again."""
    Helper.objects.filter(pk=helper.pk).update(active=True)
    AccountEvent.objects.create(email=helper.user.email, kind=AccountEvent.Kind.RETURNED, actor=staff.user)
