"""What a system's database holds, as one JSON: run inside its settings (``python -m bench.ledger``)."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from typing import Any


def conversations() -> dict[str, dict[str, Any]]:
    """By ``channel:address``: whose messages, in their order, and what was answered to each."""
    from bot.conversations.models import Conversation, Message

    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    rows = Message.objects.select_related("delivery", "turn_result", "reply_to").order_by("conversation_id", "position")
    for row in rows.iterator(2_000):
        delivery, answered = getattr(row, "delivery", None), row.reply_to
        found[row.conversation_id].append({
            "position": row.position, "author": row.author, "text": row.text, "key": row.key,
            "answers": answered.position if answered else None, "by_rasa": hasattr(row, "turn_result"),
            "at": row.created_at.timestamp(), "handled": row.handled_at is not None,
            "delivery": delivery and delivery.pk, "state": delivery and delivery.state,
            "attempts": delivery.attempts if delivery else 0,
        })  # fmt: skip
    known = Conversation.objects.in_bulk(found)
    return {f"{known[pk].channel}:{known[pk].address or pk}": {"messages": rows} for pk, rows in found.items()}


def promises() -> dict[str, int]:
    """ "It is stored" was said so often without a handover, and a handover stored so often without a word."""
    from bot.conversations.models import Message
    from bot.handover.models import Handover

    # The discreet text is also said after taking back: it promises nothing.
    said = Message.objects.filter(key__startswith="handover.stored").exclude(key="handover.stored_discreet")
    kept = Handover.objects.exclude(source_message=None).values("source_message")
    told = Message.objects.filter(key__startswith="handover.stored").exclude(reply_to=None).values("reply_to")
    return {
        "made": said.count(), "not_kept": said.exclude(reply_to__in=kept).count(),
        "stored": Handover.objects.count(), "not_told": Handover.objects.exclude(source_message__in=told).count(),
    }  # fmt: skip


def main() -> None:
    import django

    django.setup()
    json.dump({"conversations": conversations(), "promises": promises()}, sys.stdout)


if __name__ == "__main__":
    main()
