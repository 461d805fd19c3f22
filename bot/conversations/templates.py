"""The register of WhatsApp templates, ``content/templates.yml``: one neutral text, with the provider's word on it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from django.conf import settings

__all__ = ["KEY", "STATUSES", "Template", "approved", "registered"]

# A message whose key begins so goes out as a template.
KEY = "template."
STATUSES = ("draft", "submitted", "approved", "rejected", "paused", "disabled")
_PATH = Path(settings.ROOT) / "content" / "templates.yml"


@dataclass(frozen=True)
class Template:
    """One template in one language. ``code`` is the provider's word for the language, ``tag`` ours; so with the names."""

    name: str
    provider_name: str
    tag: str
    code: str
    text: str
    status: str
    category: str


@cache
def registered() -> tuple[Template, ...]:
    """Every template in every language; ValueError names the one that cannot be read."""
    raw = yaml.safe_load(_PATH.read_text(encoding="utf-8"))
    found = []
    for name, entry in raw.items():
        for tag, one in entry["languages"].items():
            if one["status"] not in STATUSES:
                raise ValueError(f"{name} in {tag}: status {one['status']!r} is none of {', '.join(STATUSES)}")
            found.append(
                Template(
                    name, one.get("name", name), tag, one.get("code", tag), one["text"].strip(), one["status"], entry["category"]
                )
            )
    return tuple(found)


def approved(name: str, tag: str) -> Template | None:
    """The template in this language if the provider approved it, else the Dutch one, else None."""
    usable = {t.tag: t for t in registered() if t.name == name and t.status == "approved"}
    return usable.get(tag) or usable.get("nl")
