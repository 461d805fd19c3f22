"""The list and one handover, as pages."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bot.handover import service
from bot.handover.models import Handover
from bot.neighbourhood.models import Helper

from ..access import find, helper_only, sees_only_a_card
from ..forms import ListChoice
from ..listing import listing
from ..paper import log_copy, paper_of
from ..sheet import phase_of, sheet

__all__ = ["handover", "live", "overview", "paper", "read_page", "show_page"]

Pk = uuid.UUID


@require_safe
@helper_only
def overview(request: HttpRequest, helper: Helper) -> HttpResponse:
    """The list; a refresh in the background gets only the list."""
    template = "desk/_list.html" if request.htmx else "desk/overview.html"
    return render(request, template, listing(ListChoice.of(request.GET), helper))


def read_page(request: HttpRequest, helper: Helper, pk: Pk) -> dict[str, Any]:
    """What the page shows; showing words is reading, and the resident may ask who did."""
    found = find(pk, helper)
    if found.state != Handover.State.WITHDRAWN and not sees_only_a_card(found, helper):
        service.log_reading(found, request.user)
    return {"client_id": uuid.uuid4(), **sheet(found, helper, whole="whole" in request.GET)}


def show_page(request: HttpRequest, helper: Helper, pk: Pk, status: int = 200, **more: Any) -> HttpResponse:
    return render(request, "desk/handover.html", {**read_page(request, helper, pk), **more}, status=status)


@require_safe
@helper_only
def handover(request: HttpRequest, helper: Helper, pk: Pk) -> HttpResponse:
    """One handover."""
    return show_page(request, helper, pk)


@require_safe
@helper_only
def live(request: HttpRequest, helper: Helper, pk: Pk) -> HttpResponse:
    """The parts of a page that change by themselves; the whole page when other buttons belong on it now."""
    found = find(pk, helper)
    if phase_of(found, helper) != request.GET.get("phase"):
        answer = HttpResponse()
        answer.headers["HX-Refresh"] = "true"
        return answer
    return render(request, "desk/_live.html", read_page(request, helper, pk))


@require_safe
@helper_only
def paper(request: HttpRequest, helper: Helper, pk: Pk) -> HttpResponse:
    """The Dutch summary to print or to take over into the team's own system; opening it is noted."""
    found = find(pk, helper)
    if sees_only_a_card(found, helper) or found.state == Handover.State.WITHDRAWN:
        return show_page(request, helper, pk)
    service.log_reading(found, request.user)
    log_copy(found, helper)
    return render(request, "desk/paper.html", {"helper": helper, "handover": found, "paper": paper_of(found)})
