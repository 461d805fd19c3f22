"""Places, activities, stories, facts, partners, agreements, cases: one page for each kind, one for each thing."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bot.neighbourhood import local_facts
from bot.neighbourhood.calendar import export_calendar, import_calendar
from bot.neighbourhood.exceptions import NotACalendar
from bot.neighbourhood.models import Place

from ..access import Forbidden, staff_only
from ..forms import whole_number
from ..roles import EVERYBODY, Role, Staff
from ..shelves import SHELVES, Shelf, is_set_aside

__all__ = ["calendar", "calendar_in", "shelf", "thing"]

_BIGGEST = 1_000_000


def _of(name: str, staff: Staff) -> Shelf:
    if name not in SHELVES:
        raise Http404
    if staff.role not in SHELVES[name].roles:
        raise Forbidden
    return SHELVES[name]


def _context(name: str, staff: Staff, found: Shelf) -> dict:
    mine = [(key, each.title) for key, each in SHELVES.items() if staff.role in each.roles]
    return {"helper": staff.helper, "staff": staff, "name": name, "shelf": found, "shelves": mine}


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(EVERYBODY)
def shelf(request: HttpRequest, staff: Staff, name: str) -> HttpResponse:
    """Everything of one kind; what is set aside stands at the end. POST adds one."""
    found = _of(name, staff)
    form = found.form(request.POST or None, staff=staff)
    if request.method == "POST" and not found.fixed and form.is_valid():
        form.save()
        messages.success(request, _("Bewaard."))
        return redirect("desk:shelf", name=name)
    rows = [(thing.pk, found.cells(thing), is_set_aside(thing)) for thing in found.rows(staff)]
    shown = {**_context(name, staff, found), "rows": rows, "form": form, "places": Place.objects.filter(active=True)}
    return render(request, "desk/shelf.html", shown, status=422 if request.method == "POST" else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(EVERYBODY)
def thing(request: HttpRequest, staff: Staff, name: str, number: int) -> HttpResponse:
    """One of them: change it or set it aside."""
    found = _of(name, staff)
    kept = found.rows(staff).filter(pk=number).first()
    if kept is None:
        raise Http404
    form = found.form(request.POST or None, instance=kept, staff=staff)
    if request.method == "POST" and form.is_valid():
        form.save()
        if name == "facts":
            local_facts.forget()
        messages.success(request, _("Bewaard."))
        return redirect("desk:shelf", name=name)
    shown = {**_context(name, staff, found), "form": form, "number": number, "place": kept if name == "places" else None}
    return render(request, "desk/thing.html", shown, status=422 if request.method == "POST" else 200)


@require_safe
@staff_only({Role.WORKER, Role.KEY_PERSON, Role.COORDINATOR})
def calendar(request: HttpRequest, staff: Staff) -> HttpResponse:
    """All activities as a file for one's own calendar."""
    headers = {"Content-Disposition": 'attachment; filename="activiteiten.ics"'}
    return HttpResponse(export_calendar(), content_type="text/calendar; charset=utf-8", headers=headers)


@require_POST
@staff_only({Role.COORDINATOR})
def calendar_in(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Take a calendar in, at one place."""
    file, number = request.FILES.get("file"), request.POST.get("place", "")
    place = Place.objects.filter(pk=whole_number(number), active=True).first()
    if file is None or place is None or file.size > _BIGGEST:
        messages.error(request, _("Kies een plek en een agenda (.ics, hoogstens 1 MB)."))
        return redirect("desk:shelf", name="activities")
    try:
        kept, passed = import_calendar(file.read(), place)
    except NotACalendar:
        messages.error(request, _("Dit bestand is geen agenda. Maak in je eigen programma een .ics-bestand."))
    else:
        said = {"kept": kept, "passed": passed}
        messages.success(request, _("%(kept)s bewaard, %(passed)s overgeslagen (hele dagen of andere herhalingen).") % said)
        if passed:
            messages.info(request, _("Wat is overgeslagen en er al stond, gaat nu niet meer door: bewoners horen het niet."))
    return redirect("desk:shelf", name="activities")
