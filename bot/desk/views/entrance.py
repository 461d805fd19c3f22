"""Before the desk: taking up an invitation, setting up the second step, one's own account."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from django import forms
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.contrib.auth.password_validation import validate_password
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from django.views.decorators.http import require_http_methods, require_safe

from bot.neighbourhood.models import Helper

from ..access import staff_only
from ..invitations import find_invitation, join
from ..push import public_key
from ..roles import EVERYBODY, Staff

__all__ = ["BACKEND", "account", "home", "invitation", "second_step"]

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


class JoinForm(forms.Form):
    """What a new colleague chooses."""

    first_name = forms.CharField(max_length=40)
    password = forms.CharField(
        min_length=12, strip=False, error_messages={"min_length": _("Kies een wachtwoord van minstens 12 tekens.")}
    )

    def clean_password(self) -> str:
        validate_password(self.cleaned_data["password"])
        return self.cleaned_data["password"]


class MailForm(forms.ModelForm):
    """Whether and when a helper wants mail."""

    class Meta:
        model = Helper
        fields = ["mail", "quiet_from", "quiet_until"]
        labels = {
            "mail": _("Mail mij als er iemand wacht"),
            "quiet_from": _("Geen mail vanaf"),
            "quiet_until": _("Geen mail tot"),
        }
        widgets = {name: forms.TimeInput({"type": "time"}, "%H:%M") for name in ("quiet_from", "quiet_until")}

    def clean(self) -> dict[str, Any]:
        """One time alone would do nothing, twice the same would silence everything: both are said."""
        found = super().clean()
        if self.errors:
            return found
        start, end = found["quiet_from"], found["quiet_until"]
        if (start is None) != (end is None):
            raise forms.ValidationError(_("Vul beide tijden in, of maak beide leeg."))
        if start is not None and start == end:
            raise forms.ValidationError(_("Kies twee verschillende tijden. Wil je nooit mail, haal dan het vinkje weg."))
        return found


@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """The link somebody was sent; it works once."""
    with override(settings.LANGUAGE_CODE):
        found = find_invitation(token)
        form = JoinForm(request.POST or None, initial={"first_name": found.first_name if found else ""})
        if found and request.method == "POST" and form.is_valid():
            user = join(found, form.cleaned_data["first_name"], form.cleaned_data["password"])
            if user:
                login(request, user, backend=BACKEND)
                # Choosing the password was the proof that setting up the second step asks for.
                record_authentication(request, user, method="password")
                return redirect("desk:second_step")
            found = None
        return render(request, "desk/invitation.html", {"invitation": found, "form": form}, status=200 if found else 404)


@require_safe
@login_required
def second_step(request: HttpRequest) -> HttpResponse:
    """A passkey or an app."""
    with override(request.user.language):
        return render(request, "desk/second_step.html")


@require_safe
@staff_only(EVERYBODY)
def home(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Where each role begins."""
    if staff.helper:
        return redirect("desk:overview")
    return redirect("desk:people" if staff.role == "administrator" else "desk:learning")


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(EVERYBODY)
def account(request: HttpRequest, staff: Staff) -> HttpResponse:
    """One's own name, language and second step."""
    if request.method == "POST":
        language = request.POST.get("language", "")
        if language in dict(settings.LANGUAGES):
            staff.user.language = language
            staff.user.save(update_fields=["language"])
        form = MailForm(request.POST, instance=staff.helper) if staff.helper and "mail_form" in request.POST else None
        if form is None or form.is_valid():
            if form:
                form.save()
            return redirect("desk:account")
    else:
        form = MailForm(instance=staff.helper) if staff.helper else None
    shown = {"helper": staff.helper, "staff": staff, "languages": settings.LANGUAGES, "form": form,
             "push_key": public_key()}  # fmt: skip
    return render(request, "desk/account.html", shown, status=422 if request.method == "POST" else 200)
