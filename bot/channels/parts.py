"""A message that goes out in several parts: none of them twice, also when one in the middle fails."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TypeVar

__all__ = ["PartSender"]

_REMEMBERED = 1_000
Part = TypeVar("Part")


class PartSender:
    """Remembers, as long as the process lives, how many parts of a message went out."""

    def __init__(self) -> None:
        self._sent: OrderedDict[int, int] = OrderedDict()

    def send_all(self, message_id: int, parts: Sequence[Part], send: Callable[[Part], str]) -> str:
        """Send what has not been sent; returns what ``send`` returned for the last part. Its errors pass through."""
        provider_id = ""
        for number in range(self._sent.get(message_id, 0), len(parts)):
            provider_id = send(parts[number])
            self._remember(message_id, number + 1)
        self._sent.pop(message_id, None)
        return provider_id

    def _remember(self, message_id: int, sent: int) -> None:
        self._sent[message_id] = sent
        if len(self._sent) > _REMEMBERED:
            self._sent.popitem(last=False)
