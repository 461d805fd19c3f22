"""The models on disk: what each was made from, which one is promoted, and what ran when.

models/aanspraak-<fingerprint>.tar.gz    a model
models/aanspraak-<fingerprint>.json      what it was made from, when, how long it took, its checksum
models/current.json                      the promoted one
models/history.jsonl                     one line for everything that was trained, promoted, rolled back or fell back
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

__all__ = [
    "MODELS", "Kept", "candidates", "exclusive", "forget_old", "history", "is_whole", "kept", "model_path", "promoted",
    "promoted_for", "put", "record", "set_promoted", "was_promoted",
]  # fmt: skip

ROOT = Path(__file__).resolve().parents[2]
MODELS = Path(os.environ.get("AANSPRAAK_MODELS") or ROOT / "models")
_KEPT = 4
# Also for files: a name is never a path.
_PREFIX, _SUFFIX = "aanspraak-", ".tar.gz"


@dataclass(frozen=True)
class Kept:
    """A model on disk. ``data`` and ``program`` are the fingerprints of what it was made from; empty when nobody wrote them."""

    name: str
    data: str = ""
    program: str = ""
    trained_at: str = ""
    seconds: float = 0.0
    bytes: int = 0
    sha256: str = ""

    @property
    def path(self) -> Path:
        return MODELS / self.name


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(path: Path, found: dict[str, Any]) -> None:
    part = path.with_suffix(f".{os.getpid()}")
    part.write_text(json.dumps(found, indent=1), encoding="utf-8")
    part.replace(path)


def _sheet(name: str) -> Path:
    return MODELS / f"{name.removesuffix(_SUFFIX)}.json"


def model_path(name: str) -> Path | None:
    """The file of a model called so, with or without its ending; None when there is none."""
    name = name if name.endswith(_SUFFIX) else name + _SUFFIX
    path = MODELS / Path(name).name
    return path if path.name.startswith(_PREFIX) and path.is_file() else None


def kept(name: str) -> Kept:
    """What is known of a model."""
    found = _read(_sheet(name))
    known = {key: found[key] for key in Kept.__dataclass_fields__ if key in found and key != "name"}
    return Kept(name, **known)


def _checksum(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def put(made: Path, name: str, data: str, program: str, seconds: float) -> Kept:
    """Take a freshly trained model that answered its probe onto the shelf under ``name``."""
    MODELS.mkdir(parents=True, exist_ok=True)
    at = datetime.now(timezone.utc).isoformat(timespec="seconds")
    model = Kept(name, data, program, at, round(seconds, 1), made.stat().st_size, _checksum(made))
    _write(_sheet(name), asdict(model))
    made.replace(model.path)
    record("trained", name, seconds=model.seconds)
    return model


def is_whole(name: str) -> bool:
    """Whether the model is there and is what was written: by its checksum, else by whether it opens."""
    path, wanted = MODELS / name, kept(name).sha256
    if not path.is_file():
        return False
    try:
        if wanted:
            return _checksum(path) == wanted
        with tarfile.open(path) as archive:
            return bool(archive.getmembers())
    except (OSError, EOFError, tarfile.TarError):
        return False


def candidates() -> list[Kept]:
    """Every model on disk, the newest first."""
    found = sorted(MODELS.glob(f"{_PREFIX}*{_SUFFIX}"), key=lambda path: path.stat().st_mtime, reverse=True)
    return [kept(path.name) for path in found]


def promoted() -> str | None:
    """The name of the promoted model, whether or not its file is still there."""
    return _read(MODELS / "current.json").get("model")


def promoted_for() -> str:
    """The fingerprint of the inputs as they were when the promoted model was chosen."""
    return str(_read(MODELS / "current.json").get("for", ""))


def set_promoted(name: str, inputs: str) -> None:
    """From now on ``name`` is the model that a start uses, as long as the inputs stay what they are now."""
    _write(MODELS / "current.json", {"model": name, "for": inputs})


def record(did: str, model: str, **more: Any) -> None:
    """One line in the history."""
    MODELS.mkdir(parents=True, exist_ok=True)
    line = {"at": datetime.now(timezone.utc).isoformat(timespec="seconds"), "did": did, "model": model, **more}
    with (MODELS / "history.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")


def history() -> list[dict[str, Any]]:
    """Everything that happened, the newest first; a line that cannot be read is passed over."""
    try:
        lines = (MODELS / "history.jsonl").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        try:
            found.append(json.loads(line))
        except ValueError:  # a machine that lost its power in the middle of it
            continue
    return [row for row in reversed(found) if isinstance(row, dict) and {"at", "did", "model"} <= row.keys()]


def _chain() -> list[str]:
    """What each model that ran took over from, the present one last."""
    chain: list[str] = []
    for row in reversed(history()):
        name = row["model"]
        if row["did"] == "promoted" and chain[-1:] != [name]:
            chain.append(name)
        elif row["did"] in ("rolled back", "fell back"):
            before = chain[:-1]  # what was left was rejected, or is damaged
            chain = before[: len(before) - before[::-1].index(name)] if name in before else [name]
    return chain


def was_promoted() -> list[str]:
    """The models before the one that is promoted now, the last one first, each once; none that somebody went back from."""
    return [name for name in dict.fromkeys(reversed(_chain())) if name != promoted()]


def forget_old() -> None:
    """Remove all but the promoted model, the one before it, and the newest few."""
    needed = {promoted(), *was_promoted()[:1]}
    for model in candidates()[_KEPT:]:
        if model.name not in needed:
            for path in (model.path, _sheet(model.name)):
                path.unlink(missing_ok=True)


@contextmanager
def exclusive() -> Iterator[None]:
    """One promotion at a time on this machine."""
    MODELS.mkdir(parents=True, exist_ok=True)
    with (MODELS / "promotion.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
