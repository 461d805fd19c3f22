"""Who may open what: every page of the desk is for a signed-in helper, and a handover is for its team."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.translation import override

from bot.handover import service
from bot.handover.models import Handover
from bot.neighbourhood.models import Helper

from .accounts import helper_of, lacks_second_step

__all__ = ["find", "helper_only", "sees_only_a_card", "sees_the_talk", "team_handovers"]

View = Callable[..., HttpResponse]
# The desk's texts are Dutch; with an English catalogue this becomes the helper's choice.
DESK_LANGUAGE = "nl"


def _sign_in(request: HttpRequest) -> HttpResponse:
    """A refresh in the background sends the whole page to the sign-in, not a piece of it."""
    if not request.htmx:
        return redirect_to_login(request.get_full_path() if request.method == "GET" else _page_of(request))
    answer = HttpResponse(status=401)
    answer.headers["HX-Redirect"] = redirect_to_login(_page_of(request)).url
    return answer


def _page_of(request: HttpRequest) -> str:
    """The page behind an action's address, which itself takes only POST."""
    match = request.resolver_match
    return resolve_url("desk:handover", **match.kwargs) if match and match.kwargs else resolve_url("desk:overview")


def helper_only(view: View) -> View:
    """``view(request, helper, …)`` for a helper; everybody else gets a page that says what to do."""

    @wraps(view)
    def guarded(request: HttpRequest, **kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return _sign_in(request)
        if lacks_second_step(request.user):
            return redirect("mfa_activate_totp")
        with override(DESK_LANGUAGE):
            response = _answer(view, request, **kwargs)
        response.headers["Content-Language"] = DESK_LANGUAGE
        return response

    return guarded


def _answer(view: View, request: HttpRequest, **kwargs) -> HttpResponse:
    helper = helper_of(request.user)
    if helper is None:
        return render(request, "desk/no_helper.html", status=403)
    try:
        return view(request, helper, **kwargs)
    except Http404:
        return render(request, "desk/not_found.html", {"helper": helper}, status=404)


def team_handovers(helper: Helper):
    """Every handover of the helper's team."""
    return Handover.objects.filter(team=helper.team_id).select_related("team", "holder", "conversation__resident")


def find(pk: UUID, helper: Helper) -> Handover:
    """The handover, when it is the team's and meant for this helper. Raises Http404: a wrong id and another team's look alike."""
    handover = team_handovers(helper).filter(pk=pk).first()
    if handover is None or not service.may_see(handover, helper):
        raise Http404
    return handover


def sees_only_a_card(handover: Handover, helper: Helper) -> bool:
    """A key person may know the resident: before accepting there is no word to read."""
    return helper.kind == Helper.Kind.KEY_PERSON and not helper.coordinator and handover.holder_id != helper.pk


def sees_the_talk(handover: Handover, helper: Helper) -> bool:
    """The conversation since the handover is for who holds it, and the coordinator."""
    held = handover.holder_id is not None
    return held and (handover.holder_id == helper.pk or helper.coordinator)
