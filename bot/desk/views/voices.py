"""Recorded voices: what can be said aloud in a language, heard, brought in, replaced and removed."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bot.channels.scanning import is_clean
from bot.channels.sniffing import kind_of
from bot.conversations import recording
from bot.conversations.models import Recording
from bot.conversations.recording import Row
from bot.conversations.voices import PLAYED
from bot.language.tags import ON_OFFER, direction, own_name

from ..access import staff_only
from ..roles import Role, Staff

__all__ = ["VOICES", "heard", "remove", "voice", "voices"]

VOICES = frozenset({Role.COORDINATOR, Role.MAINTAINER})
_BIGGEST = 1_000_000
_OPUS = b"OpusHead"


class VoiceForm(forms.Form):
    """A sound file, whose voice it is, and that person's yes."""

    file = forms.FileField(
        label=lazy("Geluid: MP3, M4A of OGG (Opus), hoogstens 1 MB"),
        widget=forms.ClearableFileInput({"accept": ".mp3,.m4a,.ogg,.opus,audio/*"}),
    )
    speaker = forms.CharField(max_length=80, label=lazy("Wie spreekt dit in"))
    machine = forms.BooleanField(required=False, label=lazy("Dit is een computerstem"))
    agreed = forms.BooleanField(label=lazy("Wie dit insprak, vindt het goed dat bewoners het horen"))

    def clean_file(self) -> UploadedFile:
        """Nothing is believed but the content."""
        file = self.cleaned_data["file"]
        if file.size > _BIGGEST:
            raise forms.ValidationError(_("Dit bestand is groter dan 1 MB. Spreek het korter of kleiner in."))
        self.content = file.read()
        self.mime = kind_of(self.content)
        # WhatsApp takes no other sound in an OGG.
        if self.mime not in PLAYED or (self.mime == "audio/ogg" and _OPUS not in self.content[:512]):
            raise forms.ValidationError(_("Dit is geen MP3, M4A of OGG (Opus)."))
        if not is_clean(self.content):
            raise forms.ValidationError(_("De virusscanner houdt dit bestand tegen."))
        return file


def _shown(request: HttpRequest, staff: Staff, tag: str, **more) -> dict:
    if tag not in ON_OFFER:
        raise Http404
    chosen = {"tag": tag, "name": own_name(tag), "dir": direction(tag)}
    return {"helper": staff.helper, "staff": staff, **chosen, "tags": [(one, own_name(one)) for one in ON_OFFER], **more}


@require_safe
@staff_only(VOICES)
def voices(request: HttpRequest, staff: Staff, tag: str) -> HttpResponse:
    """Every core message in one language, with what says it."""
    shown = _shown(request, staff, tag)
    rows = recording.shelf(tag)
    done = sum(bool(row.recording) for row in rows)
    return render(request, "desk/voices.html", {**shown, "rows": rows, "done": done})


def _row(tag: str, number: int) -> Row:
    rows = recording.shelf(tag)
    if number >= len(rows):
        raise Http404
    return rows[number]


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(VOICES)
def voice(request: HttpRequest, staff: Staff, tag: str, number: int) -> HttpResponse:
    """One text: what to read aloud, and the file to bring in. The file is for the text that its sender had on the screen."""
    shown, row = _shown(request, staff, tag), _row(tag, number)
    form = VoiceForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and request.POST.get("text", "") != row.words.text:
        messages.error(request, _("De tekst is intussen veranderd. Spreek de nieuwe tekst in."))
    elif request.method == "POST" and form.is_valid():
        who = {"speaker": form.cleaned_data["speaker"], "machine": form.cleaned_data["machine"], "by": staff.user.email}
        recording.keep(row.words, form.content, form.mime, **who)
        messages.success(request, _("Bewaard. Binnen een halve minuut kunnen bewoners dit horen."))
        return redirect("desk:voices", tag=tag)
    status = 422 if request.method == "POST" else 200
    return render(request, "desk/voice.html", {**shown, "row": row, "form": form}, status=status)


@require_safe
@staff_only(VOICES)
def heard(request: HttpRequest, staff: Staff, number: int) -> HttpResponse:
    """The sound, for the page's player."""
    found = Recording.objects.filter(pk=number).first()
    if found is None:
        raise Http404
    return HttpResponse(bytes(found.content), content_type=found.mime)


@require_POST
@staff_only(VOICES)
def remove(request: HttpRequest, staff: Staff, number: int) -> HttpResponse:
    """Delete one for good: whoever spoke it may take that back."""
    found = Recording.objects.filter(pk=number).defer("content").first()
    if found is None:
        raise Http404
    recording.remove(number)
    messages.success(request, _("Weggehaald. Het geluid is gewist."))
    return redirect("desk:voices", tag=found.language)
