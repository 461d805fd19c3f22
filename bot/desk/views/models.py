"""The understanding models, for maintainers: what answers, what could, what that would change, and the switch."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from bot.learning import shelf, work
from bot.learning.comparison_page import arrows
from bot.learning.promotion import back_to
from bot.learning.results import read_comparison
from bot.training import inputs

from ..access import staff_only
from ..roles import Role, Staff

__all__ = ["begin", "models", "progress", "report"]

_ONLY = frozenset({Role.MAINTAINER})
_SHOWN = 12
_LONGEST_REASON = 300


def _row(model: shelf.Kept, current: str | None) -> dict[str, Any]:
    comparison = read_comparison(current, model.name) if current and current != model.name else None
    fits = model.program == inputs().program
    return {
        "name": model.name, "current": model.name == current,
        "short": model.name.removeprefix("aanspraak-").removesuffix(".tar.gz"),
        "trained_at": parse_datetime(model.trained_at) if model.trained_at else None, "seconds": model.seconds,
        "megabytes": model.bytes / 1e6, "comparison": comparison, "fits": fits,
        "needs_reason": not fits or bool(comparison and comparison["blockers"]),
    }  # fmt: skip


def _history() -> list[dict[str, Any]]:
    return [{**row, "at": parse_datetime(row["at"])} for row in shelf.history()[:_SHOWN]]


@require_safe
@staff_only(_ONLY)
def models(request: HttpRequest, staff: Staff) -> HttpResponse:
    """What answers residents now, and every other model on disk with what it would change."""
    current, wanted = shelf.promoted(), inputs()
    rows = sorted((_row(model, current) for model in shelf.candidates()), key=lambda row: not row["current"])
    shown = {
        "staff": staff, "rows": rows, "history": _history(), "work": work.now(), "current": current,
        "new_examples": not any(model.name == wanted.name for model in shelf.candidates()),
        "before": _row(shelf.kept(before), current) if (before := back_to()) else None,
    }  # fmt: skip
    return render(request, "desk/models.html", shown)


@require_safe
@staff_only(_ONLY)
def progress(request: HttpRequest, staff: Staff) -> HttpResponse:
    """How far the work is; when it has ended the whole page is read again."""
    found = work.now()
    answer = render(request, "desk/_work.html", {"work": found})
    if request.GET.get("watched") and not (found and found.under_way):
        answer.headers["HX-Refresh"] = "true"
    return answer


@require_safe
@staff_only(_ONLY)
def report(request: HttpRequest, staff: Staff, short: str) -> HttpResponse:
    """What a candidate would change, with pictures."""
    path, current = shelf.model_path(f"aanspraak-{short}"), shelf.promoted()
    found = read_comparison(current, path.name) if path and current else None
    if found is None:
        raise Http404
    weakest = dict(sorted(found["intents"].items(), key=lambda pair: pair[1]["change"]))
    pictures = [
        (_("Nood gehoord"), arrows(found["crises"], _("Nood gehoord"))),
        (_("Per taal"), arrows(found["languages"], _("Per taal"))),
        (_("Taal herkend"), arrows(found["language_heard"], _("Taal herkend"))),
        (_("Hulp die niemand nodig had"), arrows(found["alarms"], _("Hulp die niemand nodig had"))),
        (_("Per onderwerp, het meest verslechterde eerst"), arrows(weakest, _("Per onderwerp"))),
    ]
    moved = [(_("Slechter"), found["worse"]), (_("Beter"), found["better"])]
    return render(request, "desk/model_report.html", {"staff": staff, "found": found, "pictures": pictures, "moved": moved})


def _arguments(kind: str, request: HttpRequest) -> list[str]:
    """What the command is told. Raises Http404 for a model that is not there."""
    reason = request.POST.get("reason", "").strip()[:_LONGEST_REASON]
    given = [f"--reason={reason}"] if reason and kind in {"promote", "rollback"} else []
    if kind in {"train", "rollback"}:
        return given
    path = shelf.model_path(request.POST.get("model", ""))
    if path is None:
        raise Http404
    return [str(shelf.promoted()), path.name] if kind == "compare" else [path.name, *given]


@require_POST
@staff_only(_ONLY)
def begin(request: HttpRequest, staff: Staff, kind: str) -> HttpResponse:
    """Put training, comparing, promoting or going back in the queue."""
    if kind not in work.KINDS:
        raise Http404
    try:
        work.begin(kind, staff.user.email, _arguments(kind, request))
    except work.AlreadyWorking:
        messages.info(request, _("Er loopt al iets. Wacht tot dat klaar is."))
    return redirect("desk:models")
