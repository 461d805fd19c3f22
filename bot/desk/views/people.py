"""People and the team: for the coordinator of a team and for the administrator, who sees no content."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bot.neighbourhood.accounts import AccountEvent
from bot.neighbourhood.models import Helper, Team

from ..access import staff_only
from ..forms import whole_number
from ..invitations import CannotInvite, invite, reset_factor
from ..people import (
    AbsenceForm,
    HelperForm,
    InviteForm,
    LastReader,
    StillHolds,
    TeamForm,
    bring_back,
    change,
    end_leave,
    helpers_of,
    let_go,
)
from ..roles import PEOPLE, Role, Staff, role_words
from ..words import language_name

__all__ = ["absence", "away", "end_absence", "invitations", "people", "person", "reset", "team"]

_EVENTS_SHOWN = 30
_LAST_READER = lazy("Er wacht nog iemand, en niemand anders in dit team ziet dat. Nodig eerst een collega uit.")
_HAPPENED = {
    AccountEvent.Kind.INVITED: lazy("uitgenodigd"),
    AccountEvent.Kind.JOINED: lazy("account gemaakt"),
    AccountEvent.Kind.FACTOR_RESET: lazy("tweede stap weggehaald"),
    AccountEvent.Kind.LINKED: lazy("werkaccount gekoppeld"),
    AccountEvent.Kind.LEFT: lazy("account dicht"),
    AccountEvent.Kind.RETURNED: lazy("account weer open"),
}


@require_safe
@staff_only(PEOPLE)
def people(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Who works here, and what was done to accounts."""
    return render(request, "desk/people.html", _page(staff, InviteForm(staff=staff)))


def _page(staff: Staff, form: InviteForm, **more: object) -> dict[str, object]:
    found = list(helpers_of(staff))
    for each in found:
        each.speaks = ", ".join(language_name(tag).in_dutch for tag in each.languages)
    events = AccountEvent.objects.select_related("actor")
    if staff.role != Role.ADMINISTRATOR:
        events = events.filter(email__in=[h.user.email for h in found])
    teams = [staff.team] if staff.team else list(Team.objects.order_by("name"))
    shown = {"helper": staff.helper, "staff": staff, "helpers": found, "form": form, "teams": teams}
    return {**shown, "events": [(event, _what(event)) for event in events[:_EVENTS_SHOWN]], **more}


def _what(event: AccountEvent) -> str:
    """What was done to an account, in words."""
    if event.kind == AccountEvent.Kind.ROLE_CHANGED:
        return _("rol veranderd van %(before)s in %(after)s") % {
            "before": role_words(event.before), "after": role_words(event.after),
        }  # fmt: skip
    return str(_HAPPENED[event.kind])


@require_POST
@staff_only(PEOPLE)
def invitations(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Make a link that lets one person in; it is shown once, to be given to them."""
    form = InviteForm(request.POST, staff=staff)
    if not form.is_valid():
        return render(request, "desk/people.html", _page(staff, form), status=422)
    given = form.cleaned_data
    try:
        token = invite(given["email"], given["first_name"], given["role"], form.chosen_team, staff.user)
    except CannotInvite:
        error = _("Dat kan niet: er is al een account met dit adres, of het team hoort niet bij deze rol.")
        return render(request, "desk/people.html", _page(staff, form, error=error), status=422)
    link = request.build_absolute_uri(reverse("desk:invitation", args=[token]))
    return render(request, "desk/people.html", _page(staff, InviteForm(staff=staff), link=link, whom=given["first_name"]))


def _find(staff: Staff, number: int) -> Helper:
    found = helpers_of(staff).filter(pk=number).first()
    if found is None:
        raise Http404
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(PEOPLE)
def person(request: HttpRequest, staff: Staff, number: int) -> HttpResponse:
    """One helper."""
    found = _find(staff, number)
    form = HelperForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        try:
            change(form, staff)
        except LastReader:
            form.add_error(None, _LAST_READER)
        else:
            messages.success(request, _("Bewaard."))
            return redirect("desk:people")
    found.refresh_from_db()
    return _person(request, staff, found, form, AbsenceForm(helper=found), 422 if request.method == "POST" else 200)


def _person(request: HttpRequest, staff: Staff, found: Helper, form: HelperForm, away: AbsenceForm, status: int) -> HttpResponse:
    shown = {"helper": staff.helper, "staff": staff, "person": found, "form": form, "away": away, "today": timezone.localdate()}
    return render(request, "desk/person.html", {**shown, "absences": found.absences.select_related("replacement")}, status=status)


@require_POST
@staff_only(PEOPLE)
def absence(request: HttpRequest, staff: Staff, number: int) -> HttpResponse:
    """Days on which a helper is away."""
    found = _find(staff, number)
    form = AbsenceForm(request.POST, helper=found)
    if not form.is_valid():
        return _person(request, staff, found, HelperForm(instance=found), form, 422)
    form.save()
    messages.success(request, _("Bewaard."))
    return redirect("desk:person", number=number)


@require_POST
@staff_only(PEOPLE)
def end_absence(request: HttpRequest, staff: Staff, number: int) -> HttpResponse:
    """Back from today on, or never gone: a mistyped year keeps mail away and tells residents a wrong day. Twice is once."""
    found = _find(staff, number)
    end_leave(found, whole_number(request.POST.get("absence", "")), timezone.localdate())
    messages.success(request, _("Bewaard."))
    return redirect("desk:person", number=number)


@require_POST
@staff_only(PEOPLE)
def away(request: HttpRequest, staff: Staff, number: int) -> HttpResponse:
    """Close the desk to who leaves, or open it again."""
    found = _find(staff, number)
    if found.user_id == staff.user.pk:
        messages.error(request, _("Jezelf kun je niet uit het team halen. Vraag een andere coördinator."))
        return redirect("desk:person", number=number)
    if not found.active:
        bring_back(found, staff)
        messages.success(request, _("Welkom terug: het account werkt weer."))
        return redirect("desk:people")
    try:
        let_go(found, staff)
    except StillHolds:
        messages.error(request, _("Deze helper heeft nog gesprekken. Draag die eerst over, dan wordt niemand vergeten."))
        return redirect("desk:person", number=number)
    except LastReader:
        messages.error(request, _LAST_READER)
        return redirect("desk:person", number=number)
    messages.success(request, _("Het account is dicht. Wat deze helper deed, blijft in de tijdlijn staan."))
    return redirect("desk:people")


@require_POST
@staff_only(PEOPLE)
def reset(request: HttpRequest, staff: Staff, number: int) -> HttpResponse:
    """A lost second step: taken away, and signed out everywhere."""
    found = _find(staff, number)
    reset_factor(found.user.email, staff.user)
    messages.success(request, _("De tweede stap is weg. Bij het inloggen stelt deze helper een nieuwe in."))
    return redirect("desk:person", number=number)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(PEOPLE)
def team(request: HttpRequest, staff: Staff, number: int) -> HttpResponse:
    """Hours, numbers, the interpreter and who is on call."""
    found = Team.objects.filter(pk=number).first()
    if found is None or (staff.team and staff.team.pk != found.pk):
        raise Http404
    form = TeamForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Bewaard."))
        return redirect("desk:people")
    shown = {"helper": staff.helper, "staff": staff, "form": form, "team": found}
    return render(request, "desk/team.html", shown, status=422 if request.method == "POST" else 200)
