"""What stands recorded, for who looks after the voices: brought in, replaced, removed, and stale when the text has changed."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from . import voices
from .models import Recording
from .voices import Words

__all__ = ["Row", "keep", "remove", "shelf"]


@dataclass(frozen=True)
class Row:
    """One text that can be recorded: the recording that says it, and those of its message that say what it said before."""

    number: int
    words: Words
    recording: Recording | None
    stale: tuple[Recording, ...] = ()


def _is_current(found: Recording, words: Words) -> bool:
    return found.digest == voices.digest(words.text) and set(found.titles) <= set(words.titles)


def shelf(tag: str) -> list[Row]:
    """Every text in ``tag``; what says none of them any more stands with the first text of its message."""
    spoken = voices.words(tag)
    kept = list(Recording.objects.filter(language=tag).defer("content").order_by("at"))
    stale = [one for one in kept if not any(one.key == w.key and _is_current(one, w) for w in spoken)]
    first = {words.key: number for number, words in reversed(list(enumerate(spoken)))}
    return [
        Row(
            number, words, next((one for one in kept if one.key == words.key and _is_current(one, words)), None),
            tuple(one for one in stale if one.key == words.key and first[words.key] == number),
        )
        for number, words in enumerate(spoken)
    ]  # fmt: skip


def keep(words: Words, content: bytes, mime: str, *, speaker: str, machine: bool, by: str) -> Recording:
    """Bring a recording in; one of the same text is replaced, and its sound deleted."""
    with transaction.atomic():
        Recording.objects.filter(key=words.key, language=words.language, digest=voices.digest(words.text)).delete()
        made = Recording.objects.create(
            key=words.key, language=words.language, text=words.text, titles=list(words.titles), mime=mime, speaker=speaker,
            digest=voices.digest(words.text), content=content, machine=machine, by=by,
        )  # fmt: skip
    voices.forget()
    return made


def remove(number: int) -> bool:
    """Delete it, sound and all; False when there was none."""
    deleted, _ = Recording.objects.filter(pk=number).delete()
    voices.forget()
    return bool(deleted)
