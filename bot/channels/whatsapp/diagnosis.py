"""What a running WhatsApp channel needs of the provider: asked for by ``aanspraak doctor`` and ``templates check``."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

import httpx
from django.conf import settings

from bot.conversations import templates

__all__ = ["compare_templates", "findings"]

_TIMEOUT = httpx.Timeout(10.0)
_MOST_SECONDS_OFF = 30
Finding = tuple[str, str, str]


def _get(path: str, **params: str) -> httpx.Response:
    """The Graph API's answer, asked plainly: pywa hides the headers that tell the provider's time. Raises httpx.HTTPError."""
    headers = {"Authorization": f"Bearer {settings.WHATSAPP_TOKEN}"}
    answer = httpx.get(f"{settings.WHATSAPP_API_BASE}/v23.0/{path}", params=params, headers=headers, timeout=_TIMEOUT)
    answer.raise_for_status()
    return answer


def _provider_templates() -> dict[tuple[str, str], str]:
    """(name, language code) → the provider's status, in lower case. Raises httpx.HTTPError or ValueError."""
    listed = _get(f"{settings.WHATSAPP_WABA_ID}/message_templates", fields="name,language,status", limit="200").json()
    return {(t["name"], t["language"]): t["status"].lower() for t in listed["data"]}


def compare_templates() -> list[str]:
    """Where content/templates.yml and the provider differ, a line each. Raises httpx.HTTPError or ValueError."""
    theirs = _provider_templates()
    lines = []
    for ours in templates.registered():
        found = theirs.get((ours.provider_name, ours.code), "not there")
        known = "submitted" if found in ("pending", "in_appeal", "pending_review") else found
        if known != ours.status and not (ours.status == "draft" and found == "not there"):
            lines.append(f"{ours.provider_name} ({ours.tag}): content/templates.yml says {ours.status}, WhatsApp says {found}")
    return lines


def _number() -> Iterator[Finding]:
    try:
        answer = _get(settings.WHATSAPP_PHONE_NUMBER_ID, fields="id,display_phone_number,quality_rating")
    except httpx.HTTPStatusError as error:
        code = error.response.status_code
        if code in (401, 403):
            yield "error", "WhatsApp refuses WHATSAPP_TOKEN.", "Make a new token of the system user, and put it in .env."
        else:
            yield (
                "error",
                f"WhatsApp does not know the number ({code}).",
                "Check WHATSAPP_PHONE_NUMBER_ID, and the token's rights to it.",
            )
        return
    except httpx.HTTPError as error:
        yield (
            "error",
            f"WhatsApp does not answer ({type(error).__name__}).",
            "Check the connection to graph.facebook.com, port 443.",
        )
        return
    yield from _clock(answer.headers.get("Date", ""))


def _clock(date: str) -> Iterator[Finding]:
    try:
        off = abs((parsedate_to_datetime(date) - datetime.now(timezone.utc)).total_seconds())
    except (TypeError, ValueError):
        return
    if off > _MOST_SECONDS_OFF:
        yield (
            "error",
            f"This machine's clock is {off:.0f} s off.",
            "Switch on time synchronisation (systemd-timesyncd or chrony).",
        )


def _templates() -> Iterator[Finding]:
    if not any(t.status == "approved" for t in templates.registered()):
        yield (
            "warning", "No WhatsApp template is approved: after 24 silent hours nothing can be sent.",
            "Send in those of content/templates.yml and set their status (docs/channels.md).",
        )  # fmt: skip
    if not settings.WHATSAPP_WABA_ID:
        yield "warning", "Templates cannot be compared.", "Give WHATSAPP_WABA_ID, the WhatsApp Business account's ID."
        return
    try:
        for line in compare_templates():
            yield "warning", line, "Correct the status in content/templates.yml."
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
        yield (
            "warning",
            f"Templates cannot be compared ({type(error).__name__}).",
            "Check WHATSAPP_WABA_ID and the token's rights.",
        )


def findings() -> Iterator[Finding]:
    """(level, what, remedy) of everything that is out of order; nothing while the channel is off."""
    if not settings.WHATSAPP_TOKEN:
        return
    found = list(_number())
    yield from found
    if not any("refuses" in what or "does not answer" in what for _, what, _ in found):
        yield from _templates()
    if not settings.PUBLIC_BASE_URL:
        yield (
            "error",
            "WhatsApp cannot reach the webhook.",
            "Give PUBLIC_BASE_URL; the address is /channels/whatsapp/webhook there.",
        )
