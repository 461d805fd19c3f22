"""What came of a case, against what it expects. Every difference is one line in plain words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from bot.conversations.models import Conversation, Delivery, Message
from bot.privacy.mask import clean, mask

from .cases import Case
from .posting import Post

__all__ = ["Seen", "differences", "in_range"]

_TAPS = {"button", "list"}
_FILES = {"image", "video", "document", "audio", "voice", "sticker", "location", "contacts", "order", "unsupported"}


class Seen:
    """What was seen of one case."""

    def __init__(self, inbound: list[Message], replies: int, posts: list[Post], parsed: list[Any], taps_answered: int) -> None:
        self.inbound, self.replies, self.posts = inbound, replies, posts
        self.parsed, self.taps_answered = parsed, taps_answered


def in_range(found: int, expected: Any) -> bool:
    """``expected`` is a number or a range such as ``0..1`` or ``1..``."""
    if isinstance(expected, int):
        return found == expected
    low, _, high = str(expected).partition("..")
    return int(low or 0) <= found <= int(high or 10**9)


def _http(case: Case, seen: Seen) -> Iterator[str]:
    allowed = case.expect.get("http", [200])
    for post in seen.posts:
        if post.answer.status_code not in allowed:
            yield f"answered {post.answer.status_code}, not {allowed}"
    last = seen.posts[-1].answer if seen.posts else None
    body = last.content.decode("utf-8", "replace") if last else ""
    if "body" in case.expect and body != case.expect["body"] and last.status_code == 200:
        yield "the answer's body is another"
    if "body_not" in case.expect and body == case.expect["body_not"]:
        yield "the answer's body is what it must not be"
    if (bad := case.expect.get("body_must_not_contain")) and bad in body:
        yield f"the answer holds {bad}"
    wanted = case.expect.get("content_type")
    if wanted and not last.headers.get("Content-Type", "").startswith(wanted):
        yield f"the answer is no {wanted}"


def _counts(case: Case, seen: Seen) -> Iterator[str]:
    if "inbound" in case.expect and not in_range(len(seen.inbound), case.expect["inbound"]):
        yield f"{len(seen.inbound)} stored, not {case.expect['inbound']}"
    if "replies" in case.expect and not in_range(seen.replies, case.expect["replies"]):
        yield f"{seen.replies} replies, not {case.expect['replies']}"


def _words(case: Case, seen: Seen) -> Iterator[str]:
    if not seen.inbound:
        return
    stored = [message.text for message in seen.inbound]
    expected = case.expect.get("texts") or ([case.expect["text"]] if case.expect.get("text") else [])
    wanted = [mask(clean(text)).text for text in expected]
    if [text for text in stored if text in wanted][: len(wanted)] != wanted:
        yield f"the words are not those expected, or in another order ({len(stored)} stored)"


def _kind(case: Case, seen: Seen) -> Iterator[str]:
    kind = case.expect.get("kind")
    if not seen.inbound or len(seen.inbound) > 1 or not kind:
        return
    found = seen.inbound[0]
    # White space alone is kept as something without words.
    if kind == "text" and found.kind != "text" and found.what != "empty":
        yield f"stored as {found.kind}, not text"
    if kind in _TAPS and found.kind != "tap":
        yield f"stored as {found.kind}, not a tap"
    if kind in _FILES and found.what != kind:
        yield f"stored as {found.what or found.kind}, not {kind}"


def _details(case: Case, seen: Seen) -> Iterator[str]:
    incoming = [item.incoming for item in seen.parsed if hasattr(item, "incoming")]
    wanted = case.expect.get("reply_id")
    if wanted and wanted not in [i.button_id for i in incoming]:
        yield "the button's id was read otherwise"
    if "start_param" in case.expect:
        found = Conversation.objects.values_list("start_param", flat=True).first() or ""
        if found != (case.expect["start_param"] or ""):
            yield "the start parameter is another"
    if case.expect.get("sender") == "bsuid":
        addresses = list(Conversation.objects.all())
        if not all("." in conversation.address for conversation in addresses):
            yield "the sender is not known by user id"


def _effects(case: Case, seen: Seen) -> Iterator[str]:
    for effect in case.expect.get("effects", []):
        wanted = re.search(r"outbound -> (?:at least )?(sent|delivered|read|failed|retried)|final state (\w+)", effect)
        if wanted:
            yield from _outbound(case, (wanted[1] or wanted[2]))
        if re.search(r"answerCallbackQuery (exactly once|only)", effect) and seen.taps_answered != 1:
            yield f"answerCallbackQuery {seen.taps_answered} times"


def _outbound(case: Case, wanted: str) -> Iterator[str]:
    window = "131047" in case.id
    allowed = {"retried": ("pending",), "failed": ("failed", "parked") if window else ("failed",)}.get(wanted, (wanted,))
    if "131053" in case.id:  # "a few times" by the platform's rules: both count
        allowed = ("failed", "pending")
    states = set(Delivery.objects.exclude(message__reply_to=None).values_list("state", flat=True)) or set(
        Delivery.objects.values_list("state", flat=True)
    )
    if not states or not states <= set(allowed):
        yield f"outbound is {', '.join(sorted(states)) or 'missing'}, not {wanted}"


def differences(case: Case, seen: Seen) -> list[str]:
    """Everything that is not as expected; [] when the case is met."""
    parts = (_http, _counts, _words, _kind, _details, _effects)
    return [line for part in parts for line in part(case, seen)]
