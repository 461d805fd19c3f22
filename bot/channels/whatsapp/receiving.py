"""From a body to the inbox: every item by itself, so that a bad one never costs the others."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import Error as DatabaseTrouble
from django.db import transaction
from django.utils import timezone

from bot.channels.refusals import PASSING
from bot.conversations import changes, inbox, window
from bot.conversations.exceptions import EmptyMessage
from bot.conversations.inbox import Received
from bot.conversations.models import Conversation, ForgottenMessage, Message
from bot.privacy.keys import keyed_hash
from bot.privacy.logs import event
from bot.privacy.wipe import FORGOTTEN_FOR

from . import identity, statuses, transport
from .contents import CHANNEL
from .items import Edited, Ignored, Item, Noticed, NumberChanged, Reacted, Said, Status, UserIdChanged, Withdrawn
from .parsing import parse_body

__all__ = ["take_in"]


def take_in(raw: Any, now: datetime | None = None) -> int:
    """Store what a body says; repeats do nothing. Returns how many items it held. What may be over soon passes through."""
    items = parse_body(raw, settings.WHATSAPP_PHONE_NUMBER_ID, now or timezone.now())
    for item in items:
        _take_one(item)
    return len(items)


def _take_one(item: Item) -> None:
    try:
        _TAKERS[type(item)](item)
    except (DatabaseTrouble, *PASSING):  # the whole body must come again
        raise
    except Exception:  # one item that we trip over must not cost those behind it
        logging.getLogger(__name__).exception("whatsapp.item_failed")


def _ignored(item: Ignored) -> None:
    event("whatsapp.ignored", reason=item.reason)


def _said(item: Said) -> None:
    received = _stored(item)
    if received.conversation_id and not received.duplicate and not received.held:
        transport.show_typing(item.incoming.provider_id or "")


@transaction.atomic
def _stored(item: Said) -> Received:
    """The message and whose ids these are, both or neither: a repeat is a duplicate and would not mend the second.

    Else the next answer to whoever had the number before would go to the phone of who has it now.
    """
    incoming = replace(item.incoming, address=identity.resolve(item.sender))
    try:
        received = inbox.receive(incoming)
    except EmptyMessage:
        received = inbox.receive(replace(incoming, kind=Message.Kind.MEDIA.value, what="empty", text=""))
    if received.conversation_id and not received.duplicate:
        identity.remember(received.conversation_id, item.sender)
    return received


def _edited(item: Edited) -> None:
    if not changes.change(CHANNEL, item.original_id, item.text):
        event("whatsapp.ignored", reason="unknown_original")


def _withdrawn(item: Withdrawn) -> None:
    if not changes.withdraw(CHANNEL, item.original_id):
        _once(item.original_id)  # should it still come, after its own deletion, it is not stored
        event("whatsapp.ignored", reason="unknown_original")


@transaction.atomic
def _reacted(item: Reacted) -> None:
    if conversation := identity.find(item.sender):
        window.heard_from(Conversation.objects.select_for_update().get(pk=conversation.pk), item.at)


def _once(provider_id: str) -> bool:
    """True the first time; a keyed hash remembers it."""
    _, fresh = ForgottenMessage.objects.get_or_create(
        channel=CHANNEL, provider_hash=keyed_hash("provider", provider_id), defaults={"until": timezone.now() + FORGOTTEN_FOR}
    )
    return fresh


@transaction.atomic
def _number_changed(item: NumberChanged) -> None:
    if _once(item.provider_id):
        identity.change_number(item.old, item.phone)


def _user_id_changed(item: UserIdChanged) -> None:
    identity.change_user_id(item.old, item.user_id)


def _noticed(item: Noticed) -> None:
    event("whatsapp.notice", level=logging.WARNING, field=item.field, what=item.what, template=item.template,
          language=item.language)  # fmt: skip


def _status(item: Status) -> None:
    statuses.take_status(item, _once)


_TAKERS: dict[type, Callable[[Any], None]] = {
    Edited: _edited, Ignored: _ignored, Noticed: _noticed, NumberChanged: _number_changed, Reacted: _reacted, Said: _said,
    Status: _status, UserIdChanged: _user_id_changed, Withdrawn: _withdrawn,
}  # fmt: skip
