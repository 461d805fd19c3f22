"""Who may open what: every page of the desk is for named roles, and a handover is for its team."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import wraps
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.translation import override

from bot.conversations.models import Conversation
from bot.handover import service
from bot.handover.handing_on import has_stepped_back
from bot.handover.models import Handover
from bot.neighbourhood.models import Helper

from .accounts import lacks_second_step
from .roles import TEAM, Role, Staff, staff_of

__all__ = [
    "Forbidden", "conversations_of", "find", "helper_only", "sees_only_a_card", "sees_the_talk", "staff_only", "team_handovers",
]  # fmt: skip

View = Callable[..., HttpResponse]


class Forbidden(Exception):
    """This page is for another role. Your coordinator can tell you who may do this."""


def _sign_in(request: HttpRequest) -> HttpResponse:
    """A refresh in the background sends the whole page to the sign-in, not a piece of it."""
    if not request.htmx:
        page = request.get_full_path() if request.method == "GET" else _page_of(request)
        # Who has no list begins elsewhere: only after the sign-in is it known who came.
        return redirect_to_login(resolve_url("desk:home") if page == resolve_url("desk:overview") else page)
    answer = HttpResponse(status=401)
    answer.headers["HX-Redirect"] = redirect_to_login(_page_of(request)).url
    return answer


def _page_of(request: HttpRequest) -> str:
    """The page behind an action's address, which itself takes only POST."""
    kwargs = getattr(request.resolver_match, "kwargs", {})
    return resolve_url("desk:handover", pk=kwargs["pk"]) if isinstance(kwargs.get("pk"), UUID) else resolve_url("desk:overview")


def staff_only(roles: Collection[Role]) -> Callable[[View], View]:
    """``view(request, staff, …)`` for these roles; everybody else gets a page that says what to do."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, **kwargs) -> HttpResponse:
            if not request.user.is_authenticated:
                return _sign_in(request)
            if lacks_second_step(request):
                return redirect("desk:second_step")
            with override(request.user.language):
                response = _answer(view, roles, request, **kwargs)
            response.headers["Content-Language"] = request.user.language
            return response

        return guarded

    return decorate


def helper_only(view: View) -> View:
    """``view(request, helper, …)`` for who works in a team."""

    @staff_only(TEAM)
    @wraps(view)
    def for_helper(request: HttpRequest, staff: Staff, **kwargs) -> HttpResponse:
        return view(request, staff.helper, **kwargs)

    return for_helper


def _answer(view: View, roles: Collection[Role], request: HttpRequest, **kwargs) -> HttpResponse:
    staff = staff_of(request.user)
    if staff is None:
        return render(request, "desk/no_helper.html", status=403)
    request.staff = staff
    shown = {"helper": staff.helper}
    if staff.role not in roles:
        return render(request, "desk/not_for_you.html", shown, status=403)
    try:
        return view(request, staff, **kwargs)
    except Forbidden:
        return render(request, "desk/not_for_you.html", shown, status=403)
    except Http404:
        return render(request, "desk/not_found.html", shown, status=404)


def team_handovers(helper: Helper):
    """Every handover of the helper's team."""
    return Handover.objects.filter(team=helper.team_id).select_related(
        "team__on_call", "holder", "second", "asked_second", "meant_for", "conversation__resident"
    )


def conversations_of(helper: Helper) -> QuerySet[Conversation]:
    """Conversations whose latest handover is the team's, and those that never had one: they are no other team's."""
    newest = Handover.objects.filter(conversation=OuterRef("pk")).order_by("-created_at").values("team")[:1]
    latest = Conversation.objects.annotate(latest_team=Subquery(newest))
    return latest.filter(Q(latest_team=helper.team_id) | Q(latest_team=None))


def find(pk: UUID, helper: Helper) -> Handover:
    """The handover, when it is the team's and meant for this helper. Raises Http404: a wrong id and another team's look alike."""
    handover = team_handovers(helper).filter(pk=pk).first()
    if handover is None or not service.may_see(handover, helper):
        raise Http404
    if sees_only_a_card(handover, helper) and has_stepped_back(handover, helper):
        raise Http404
    return handover


def sees_only_a_card(handover: Handover, helper: Helper) -> bool:
    """A key person may know the resident: before accepting there is no word to read."""
    mine = helper.pk in (handover.holder_id, handover.second_id)
    return helper.kind == Helper.Kind.KEY_PERSON and not helper.coordinator and not mine


def sees_the_talk(handover: Handover, helper: Helper) -> bool:
    """The conversation since the handover is for who holds it, a second person who joined, and the coordinator."""
    held = handover.holder_id is not None
    return held and (helper.pk in (handover.holder_id, handover.second_id) or helper.coordinator)
