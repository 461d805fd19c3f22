"""What a system's database holds, as one JSON: run inside its settings (``python -m bench.ledger``)."""

from __future__ import annotations

import json
import sys
from collections import Counter, defaultdict
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
            "at": row.created_at.timestamp(), "handled": row.handled_at and row.handled_at.timestamp(),
            "to_helper": row.to_helper, "album": row.album,
            "delivery": delivery and delivery.pk, "state": delivery and delivery.state,
            "attempts": delivery.attempts if delivery else 0,
        })  # fmt: skip
    known = Conversation.objects.in_bulk(found)
    return {f"{known[pk].channel}:{known[pk].address or pk}": {"messages": rows} for pk, rows in found.items()}


def promises() -> dict[str, list[str]]:
    """Where it was said that something is stored, and nothing is."""
    from bot.conversations.models import Message
    from bot.handover.models import Handover

    # The discreet text is also said after taking back: it promises nothing.
    said = Message.objects.filter(key__startswith="handover.stored").exclude(key="handover.stored_discreet")
    kept = Handover.objects.exclude(source_message=None).values("source_message")
    empty = said.exclude(reply_to__in=kept).values_list("conversation_id", "position")
    return {"without_handover": [f"conversation {conversation}, message {position}" for conversation, position in empty]}


def handovers() -> dict[str, dict[str, Any]]:
    """Every handover, with how often its resident was told what became of it, and what helpers wrote, in its order."""
    from bot.handover.models import Handover

    found = Handover.objects.select_related("conversation__resident", "source_message")
    return {str(h.pk): _handover(h) for h in found}


def _handover(h) -> dict[str, Any]:
    kinds = Counter(h.events.values_list("kind", flat=True))
    # Others of the same resident have their own: what was said unasked between their storing and this one's is this one's.
    after = h.conversation.handovers.filter(created_at__gt=h.created_at).order_by("created_at").first()
    said = h.conversation.messages.filter(created_at__gte=h.created_at)
    said = said.filter(created_at__lt=after.created_at) if after else said
    unasked = Counter(said.filter(author="bot", reply_to=None).values_list("key", flat=True))
    stored = h.source_message.replies.filter(key__startswith="handover.stored") if h.source_message else said.none()
    return {
        "live": h.state in h.LIVE, "discreet": h.conversation.resident.discreet,
        "at": h.created_at.timestamp(), "due_ahead": h.due_at > h.created_at, "told_stored": stored.count(),
        "accepted_events": kinds["accepted"], "told_accepted": _sum(unasked, "handover.accepted"),
        "late_events": kinds["late"], "told_late": _sum(unasked, "handover.late"),
        "answers": [m.text for m in said.filter(author="helper")],
        "story": [h.state, f"due {h.due_at:%d %H:%M:%S}", *(f"{e.kind} {e.at:%d %H:%M:%S}" for e in h.events.order_by("pk"))],
    }  # fmt: skip


def _sum(told: Counter, key: str) -> int:
    return sum(count for name, count in told.items() if name.startswith(key))


def main() -> None:
    import django

    django.setup()
    json.dump({"conversations": conversations(), "promises": promises(), "handovers": handovers()}, sys.stdout)


if __name__ == "__main__":
    main()
