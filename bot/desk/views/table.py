"""Beginning a request at the table: filled in with the resident, agreed to on the resident's own phone."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods

from bot.handover import table as starts
from bot.language.tags import ON_OFFER, own_name
from bot.neighbourhood.models import Helper

from ..access import helper_only

__all__ = ["table"]

_MINUTES = int(starts.LASTS.total_seconds() // 60)


class TableForm(forms.Form):
    """What can be wished at the table; nothing of it has to be."""

    language = forms.ChoiceField(choices=[(tag, own_name(tag)) for tag in ON_OFFER], label=lazy("Taal van de bewoner"))
    told = forms.CharField(
        max_length=starts.MOST_TOLD, required=False, widget=forms.Textarea(attrs={"rows": 4}),
        label=lazy("Wat de bewoner wil doorgeven, in eigen woorden"),
    )  # fmt: skip
    contact_how = forms.ChoiceField(
        choices=[("chat", lazy("in de app")), ("phone", lazy("bellen")), ("walk_in", lazy("komt langs")),
                 ("home", lazy("thuis"))],
        label=lazy("Hoe contact"),
    )  # fmt: skip
    helper_gender = forms.ChoiceField(
        choices=[("", lazy("maakt niet uit")), ("woman", lazy("een vrouw")), ("man", lazy("een man"))],
        required=False, label=lazy("Liever met"),
    )  # fmt: skip
    interpreter = forms.BooleanField(required=False, label=lazy("Graag een tolk"))
    companion = forms.BooleanField(required=False, label=lazy("Er komt iemand mee"))
    area = forms.ChoiceField(required=False, label=lazy("Buurt"))

    def __init__(self, *args, areas: list[str], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["area"].choices = [("", lazy("zeg ik niet")), *((area, area) for area in areas)]

    def wishes(self) -> dict[str, str]:
        """As the buttons in the chat carry them."""
        data = self.cleaned_data
        asked = {name: "wanted" for name in ("interpreter", "companion") if data[name]}
        return {**{name: data[name] for name in ("contact_how", "helper_gender", "area") if data[name]}, **asked}


@require_http_methods(["GET", "HEAD", "POST"])
@helper_only
def table(request: HttpRequest, helper: Helper) -> HttpResponse:
    """The form; POST shows the code once. Nothing is passed on before the resident's own yes."""
    form, code = TableForm(request.POST or None, areas=helper.team.areas), ""
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        code = starts.begin(helper, data["language"], form.wishes(), data["told"])
        form = TableForm(areas=helper.team.areas)
    status = 422 if request.method == "POST" and not code else 200
    answer = render(
        request, "desk/table.html", {"helper": helper, "form": form, "code": code, "minutes": _MINUTES}, status=status
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer
