"""The cases of a folder, as they stand in its index."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["BadFolder", "Case", "read_cases", "read_setup"]


class BadFolder(Exception):
    """The folder is not one of payloads; the message says what is missing."""


@dataclass(frozen=True)
class Case:
    """One line of the index. ``raw`` is the whole of it; ``folder`` is where its files lie."""

    raw: dict[str, Any]
    folder: Path

    @property
    def id(self) -> str:
        return str(self.raw.get("id", "?"))

    @property
    def channel(self) -> str:
        """whatsapp or telegram: by its own word, else by its id or its files."""
        if "channel" in self.raw:
            return self.raw["channel"]
        hint = " ".join([*self.files, self.id])
        return "whatsapp" if "whatsapp/" in hint or self.id.startswith("wa-") else "telegram"

    @property
    def files(self) -> list[str]:
        return self.raw.get("sequence") or ([self.raw["file"]] if "file" in self.raw else [])

    @property
    def kind(self) -> str:
        return self.raw.get("kind", "")

    @property
    def expect(self) -> dict[str, Any]:
        return self.raw.get("expect", {})

    @property
    def setup(self) -> dict[str, Any]:
        return self.raw.get("setup", {})

    @property
    def request(self) -> dict[str, Any] | None:
        return self.raw.get("request")

    @property
    def told(self) -> str:
        """What the runner is asked to do with the bodies, in lower case."""
        asked = self.raw.get("runner") or (self.request or {}).get("runner") or ""
        return str(asked).lower()

    def read(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()


def _lines(path: Path) -> list[dict[str, Any]]:
    try:
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except FileNotFoundError:
        return []
    except ValueError as error:
        raise BadFolder(f"{path.name} holds a line that is no JSON: {error}") from None


def read_cases(folder: Path) -> list[Case]:
    """Webhook cases and provider answers; raises BadFolder."""
    if not (folder / "index.jsonl").exists():
        raise BadFolder(f"{folder} holds no index.jsonl.")
    return [Case(raw, folder) for name in ("index.jsonl", "api_responses.jsonl") for raw in _lines(folder / name)]


def read_setup(folder: Path) -> dict[str, Any]:
    """``runner_setup`` of META.json: the secrets and ids that the bodies were made for; raises BadFolder."""
    try:
        return json.loads((folder / "META.json").read_text(encoding="utf-8"))["runner_setup"]
    except (OSError, ValueError, KeyError, TypeError):
        raise BadFolder(f"{folder}/META.json holds no runner_setup with the secrets that the bodies are signed with.") from None
