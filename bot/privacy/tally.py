"""What a wipe took away, in numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass

__all__ = ["Counts"]


@dataclass(frozen=True)
class Counts:
    """Rows that went, except ``forgotten``: the keyed hashes that stay for 14 days."""

    residents: int = 0
    conversations: int = 0
    messages: int = 0
    deliveries: int = 0
    handovers: int = 0
    jobs: int = 0
    forgotten: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    @classmethod
    def of(cls, rows: Mapping[str, int], forgotten: int = 0, jobs: int = 0) -> Counts:
        """From Django's ``{"app.Model": rows}``."""
        return cls(
            residents=rows.get("conversations.Resident", 0),
            conversations=rows.get("conversations.Conversation", 0),
            messages=rows.get("conversations.Message", 0),
            deliveries=rows.get("conversations.Delivery", 0),
            handovers=rows.get("handover.Handover", 0),
            jobs=jobs,
            forgotten=forgotten,
        )
