"""Signing in and out with the municipality's own account; nothing of it exists where no provider is named."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django.conf import settings
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_safe

from .. import oidc
from ..accounts import PROVIDER_STEP
from .entrance import BACKEND

__all__ = ["office", "office_back", "office_out", "signed_out"]

_NEXT = "office_next"
View = Callable[[HttpRequest], HttpResponse]


def _where_on(view: View) -> View:
    """Not there without a provider; what does not work is said on a page that shows the other way in."""

    @require_safe
    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if not oidc.is_on():
            raise Http404
        try:
            return view(request)
        except oidc.NotSignedIn as error:
            status = 503 if isinstance(error, oidc.ProviderAway) else 403
            shown = {"why": type(error).__name__, "office": settings.OIDC_NAME}
            return render(request, "account/office_failed.html", shown, status=status)

    return guarded


@_where_on
def office(request: HttpRequest) -> HttpResponse:
    """Off to the provider; where to go afterwards stays with us."""
    page = request.GET.get("next", "")
    answer = oidc.send_away(request, request.build_absolute_uri(reverse("desk:office_back")))
    ours = url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure())
    request.session[_NEXT] = page if ours else ""
    return answer


@_where_on
def office_back(request: HttpRequest) -> HttpResponse:
    """Back from the provider: the first step is done; the second stays ours unless the operator trusts the provider's."""
    identity = oidc.came_back(request)
    user = oidc.person(identity)
    page = request.session.pop(_NEXT, "") or resolve_url(settings.LOGIN_REDIRECT_URL)
    if not identity.two_steps:
        record_authentication(request, user, method="office")
        return perform_login(request, Login(user=user, redirect_url=page))
    login(request, user, backend=BACKEND)
    record_authentication(request, user, method="office")
    request.session[PROVIDER_STEP] = True
    return redirect(page)


@require_safe
def signed_out(request: HttpRequest) -> HttpResponse:
    """Signed out here; on a shared computer the provider still knows who sat there."""
    if not oidc.is_on():
        raise Http404
    return render(request, "account/signed_out.html", {"office": settings.OIDC_NAME})


@_where_on
def office_out(request: HttpRequest) -> HttpResponse:
    """Sign out at the provider too, and come back to the sign-in page."""
    sign_in = request.build_absolute_uri(reverse("account_login"))
    return redirect(oidc.leave(sign_in) or sign_in)
