"""The understanding model: trained when its inputs changed, used only after it loaded and answered a probe."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

__all__ = ["TrainingFailed", "current_model", "ensure_model", "fingerprint", "validate"]

ROOT = Path(__file__).resolve().parents[1]
MODELS = ROOT / "models"
_INPUTS = (
    "config.yml", "domain.yml", "data/**/*.yml", "content/safety/*.yml", "content/wishes/*.yml", "content/languages.yml",
    "content/areas.yml", "content/languages/*.txt", "bot/dialogue/components.py", "bot/dialogue/readers.py",
    "bot/language/*.py", "bot/safety/*.py", "uv.lock",
)  # fmt: skip
_KEPT = 3


class TrainingFailed(Exception):
    """The model could not be trained or did not answer its probe. The one before stays in use; the log says why."""


def fingerprint() -> str:
    """A hash over everything that goes into a model."""
    digest = hashlib.sha256()
    for pattern in _INPUTS:
        for path in sorted(ROOT.glob(pattern)):
            digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _record() -> dict:
    try:
        return json.loads((MODELS / "current.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}


def current_model() -> Path | None:
    """The model that last passed its probe, or None."""
    name = _record().get("model")
    return MODELS / name if name and (MODELS / name).exists() else None


def _environment() -> dict[str, str]:
    quiet = {"RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3", "SQLALCHEMY_SILENCE_UBER_WARNING": "1"}
    return {**os.environ, **quiet, "PYTHONWARNINGS": "ignore", "CUDA_VISIBLE_DEVICES": "", "PYTHONUNBUFFERED": "1"}


def _run(command: list[str], log: Path, progress: Callable[[str, float], None]) -> int:
    """Run, hand lines "progress STEP FRACTION" on, and keep everything else in ``log``."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w", encoding="utf-8") as file:
        process = subprocess.Popen(
            command, cwd=ROOT, env=_environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
        )
        try:
            for line in process.stdout or ():
                word, _, rest = line.strip().partition(" ")
                if word == "progress":
                    step, _, fraction = rest.rpartition(" ")
                    progress(step, float(fraction))
                else:
                    file.write(line)
            return process.wait()
        finally:
            process.terminate() if process.poll() is None else None


def _forget_old_models() -> None:
    models = sorted(MODELS.glob("aanspraak-*.tar.gz"), key=lambda path: path.stat().st_mtime)
    for path in models[:-_KEPT]:
        path.unlink()


def ensure_model(var: Path, progress: Callable[[str, float], None] = lambda step, fraction: None, force: bool = False) -> Path:
    """The model for the present inputs: trained now if there is none yet. Raises TrainingFailed."""
    wanted, model = fingerprint(), current_model()
    if model and _record().get("fingerprint") == wanted and not force:
        return model
    name = f"aanspraak-{wanted}.tar.gz"
    if _run([sys.executable, "-m", "bot.dialogue.train", name], var / "log" / "training.log", progress):
        raise TrainingFailed(f"{TrainingFailed.__doc__} ({var / 'log' / 'training.log'})")
    part = MODELS / "current.part"
    part.write_text(json.dumps({"model": name, "fingerprint": wanted}), encoding="utf-8")
    part.replace(MODELS / "current.json")
    _forget_old_models()
    return MODELS / name


def validate() -> int:
    """``rasa data validate --fail-on-warnings``; returns its exit code."""
    command = [sys.executable, "-m", "rasa", "data", "validate", "--fail-on-warnings"]
    return subprocess.run(command, cwd=ROOT, env=_environment(), check=False).returncode
