"""The nine-field card, reach, and posters: nothing here leads to a person."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from bot.language.tags import ON_OFFER, direction, own_name
from bot.neighbourhood.activities import upcoming
from bot.neighbourhood.community import SelfCheck
from bot.neighbourhood.models import Helper, Place

from ..access import staff_only
from ..forms import whole_number
from ..phrases import is_reviewed
from ..posters import invitation, link, picture, wrong_words
from ..reach import VIEWS, as_csv, bars, month_words, reach
from ..report import report
from ..roles import COUNTS, Role, Staff
from ..selfcheck import ANSWERS, FIELDS, SelfCheckForm, card_of
from ..selfcheck_picture import draw_card

__all__ = ["numbers", "numbers_csv", "poster", "poster_code", "self_check", "self_check_picture", "yearly"]

_HISTORY = 12
_MOST_ACTIVITIES = 50
_TYPES = {"svg": "image/svg+xml", "png": "image/png", "pdf": "application/pdf"}
_TEAM_ONLY = frozenset({Role.WORKER, Role.COORDINATOR})


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(_TEAM_ONLY)
def self_check(request: HttpRequest, staff: Staff) -> HttpResponse:
    """The team's card; saving makes a new one, so that the history stays."""
    form = SelfCheckForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        SelfCheck.objects.create(team=staff.team, author=staff.helper, answers=form.answers())
        messages.success(request, _("Bewaard. De vorige kaart staat onder Eerder."))
        return redirect("desk:self_check")
    history = [(card.at, _tally(card)) for card in SelfCheck.objects.filter(team=staff.team)[:_HISTORY]]
    shown = {"helper": staff.helper, "staff": staff, "card": card_of(staff.team), "answers": ANSWERS, "history": history}
    return render(request, "desk/self_check.html", shown, status=422 if request.method == "POST" else 200)


@require_safe
@staff_only(_TEAM_ONLY)
def self_check_picture(request: HttpRequest, staff: Staff) -> HttpResponse:
    """The card as a picture, to show the team."""
    headers = {"Content-Disposition": 'attachment; filename="zelfcheck.png"'}
    drawn = draw_card(card_of(staff.team), staff.team.name, timezone.localdate())
    return HttpResponse(drawn, content_type="image/png", headers=headers)


def _tally(card: SelfCheck) -> str:
    """How many of the nine, in words."""
    given = [card.answers.get(f.name, {}).get("answer", "") for f in FIELDS]
    return ", ".join(f"{given.count(code)} {words}" for code, words in ANSWERS)


@require_safe
@staff_only(COUNTS)
def numbers(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Reach as a chart and the table behind it."""
    view = _view(request)
    table = reach(staff.team, view)
    lines = [(name, cells, total) for name, cells, total in zip(table.rows, table.cells, table.row_totals)]
    shown = {"helper": staff.helper, "staff": staff, "view": view, "views": VIEWS, "table": table, "lines": lines,
             "bars": bars(table), "title": VIEWS[view], "months": [month_words(m) for m in table.columns]}  # fmt: skip
    return render(request, "desk/reach.html", shown)


@require_safe
@staff_only({Role.COORDINATOR})
def numbers_csv(request: HttpRequest, staff: Staff) -> HttpResponse:
    """The same table as a file; with a mark at the start, so that a spreadsheet reads the letters right."""
    view = _view(request)
    headers = {"Content-Disposition": f'attachment; filename="bereik-{view}.csv"'}
    return HttpResponse("\ufeff" + as_csv(reach(staff.team, view), str(VIEWS[view])), content_type="text/csv", headers=headers)


@require_safe
@staff_only({Role.COORDINATOR})
def yearly(request: HttpRequest, staff: Staff) -> HttpResponse:
    """The year for the municipality, as a PDF."""
    headers = {"Content-Disposition": 'attachment; filename="toegankelijkheid.pdf"'}
    return HttpResponse(report(staff.team, timezone.localdate()), content_type="application/pdf", headers=headers)


def _view(request: HttpRequest) -> str:
    asked = request.GET.get("view", "")
    return asked if asked in VIEWS else "language"


def _wanted(request: HttpRequest, staff: Staff) -> dict[str, Any]:
    """What the poster is for: nonsense in the address means the usual."""
    areas, tag, number = staff.team.areas, request.GET.get("lang", ""), request.GET.get("place", "")
    area = request.GET.get("area", "")
    places = Place.objects.filter(active=True).order_by("name")
    place = places.filter(pk=whole_number(number)).first() if whole_number(number) else places.first()
    coming = upcoming(area, timezone.now(), _MOST_ACTIVITIES)
    what = next((u for u in coming if u.activity.pk == whole_number(request.GET.get("activity", ""))), None)
    person = _key_persons(staff).filter(pk=whole_number(request.GET.get("person", ""))).first()
    return {"tag": tag if tag in ON_OFFER else "nl", "area": area if area in areas else "", "coming": coming, "what": what,
            "place": what.activity.place if what else place, "person": person}  # fmt: skip


def _key_persons(staff: Staff) -> QuerySet[Helper]:
    return Helper.objects.filter(team=staff.team, kind=Helper.Kind.KEY_PERSON, active=True).order_by("first_name")


@require_safe
@staff_only(COUNTS)
def poster(request: HttpRequest, staff: Staff) -> HttpResponse:
    """A poster to print, for a place, a neighbourhood and a language."""
    wanted = _wanted(request, staff)
    tag = wanted["tag"]
    text = invitation(wanted["place"], tag, wanted["what"], wanted["person"])
    shown = {
        "helper": staff.helper, "staff": staff, **wanted, "dir": direction(tag), "text": text, "wrong": wrong_words(text, tag),
        "languages": [(t, own_name(t)) for t in ON_OFFER], "places": Place.objects.filter(active=True).order_by("name"),
        "areas": staff.team.areas, "address": _link(wanted), "persons": _key_persons(staff), "draft": not is_reviewed(tag),
        "query": request.GET.urlencode(), "kinds": _TYPES,
    }  # fmt: skip
    return render(request, "desk/poster.html", shown)


@require_safe
@staff_only(COUNTS)
def poster_code(request: HttpRequest, staff: Staff, kind: str) -> HttpResponse:
    """The code alone: SVG, PNG or PDF."""
    if kind not in _TYPES:
        raise Http404
    wanted = _wanted(request, staff)
    return HttpResponse(picture(_link(wanted), kind), content_type=_TYPES[kind])


def _link(wanted: dict[str, Any]) -> str:
    return link(wanted["area"], wanted["tag"], wanted["place"], wanted["person"])
