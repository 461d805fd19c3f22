"""A request that begins at the table: a helper fills it in with the resident, who reads the preview and says yes on a phone."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from bot.conversations.inbox import choose_language
from bot.conversations.models import Conversation, Message
from bot.conversations.outbox import Reply, from_key
from bot.conversations.rights import LETTERS
from bot.neighbourhood.models import Helper
from bot.privacy.keys import keyed_hash
from bot.privacy.mask import clean, mask

from . import consent, notices, preview, wishes
from .models import TableStart
from .states import live_handover
from .transitions import lock_resident

__all__ = ["LASTS", "MOST_TOLD", "begin", "sweep", "take_up"]

LASTS = timedelta(minutes=30)
MOST_TOLD = 500


def begin(helper: Helper, language: str, said: Mapping[str, Any], told: str) -> str:
    """Keep what was filled in; returns the code that the resident types. It says nothing about anybody.

    ``said`` are wishes as the buttons carry them; anything that is none is left out.
    """
    code = "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(2))
    kept = {"helper_choice": "any", "area": "none", **said}
    if told := mask(clean(told, MOST_TOLD).strip()).text:
        kept["told"] = told
    TableStart.objects.create(
        helper=helper, code_hash=_hash(code), language=language, wishes=kept, expires_at=timezone.now() + LASTS
    )
    return code


def _hash(code: str) -> str:
    return keyed_hash("table", code)


@transaction.atomic
def take_up(conversation: Conversation, message: Message, code: str) -> list[Reply] | None:
    """The resident typed the code: what was filled in becomes their draft, and the preview asks for their yes.

    None when there is no such code (any more). It works once. With a live handover nothing new begins.
    """
    lock_resident(conversation)
    start = TableStart.objects.select_for_update().filter(code_hash=_hash(code), expires_at__gt=timezone.now()).first()
    if start is None:
        return None
    if live := live_handover(conversation.resident_id):
        return [notices.already(live, conversation)]
    said, language, helper_id = start.wishes, start.language, start.helper_id
    start.delete()
    choose_language(conversation.pk, language)
    conversation.refresh_from_db(fields=["language", "language_known", "language_chosen"])
    draft = consent.start(conversation, message)
    wishes.merge(draft, said)
    if "told" in said:
        draft.wishes = {**draft.wishes, "told": said["told"]}
    draft.begun_by_id = helper_id
    draft.save(update_fields=["wishes", "begun_by", "updated_at"])
    if question := wishes.next_question(draft, conversation):
        return [from_key(conversation, question)]
    consent.record_preview(draft, preview.lines(draft, conversation, conversation.language))
    return [preview.preview(draft, conversation)]


def sweep(now: datetime) -> None:
    """What nobody took up in time goes."""
    TableStart.objects.filter(expires_at__lte=now).delete()
