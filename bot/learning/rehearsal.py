"""The conversation tests of the checkout, played by the whole system with a model that answers nobody else."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from xml.etree import ElementTree

from bot import settings
from bot.training import quiet_environment

__all__ = ["NoConversations", "Played", "broken", "rehearse"]

_ROOT = Path(__file__).resolve().parents[2]
_TESTS = _ROOT / "tests" / "conversations" / "test_dialogues.py"
_DONE = re.compile(r"\[ *(\d+)%\]$")


class NoConversations(Exception):
    """There are no conversation tests here, or they could not be played. They come with the checkout: ./test sets it up."""


@dataclass(frozen=True)
class Played:
    """How many conversations went as written, and the names of those that did not."""

    passed: int
    failed: list[str]


def _read(report: Path) -> Played:
    """Raises NoConversations where one was not played to its end."""
    cases = list(ElementTree.parse(report).getroot().iter("testcase"))
    if any(case.find("error") is not None for case in cases):  # the system did not start, say: that tells nothing of the model
        raise NoConversations(NoConversations.__doc__)
    went = {case.get("name", ""): case.find("failure") is None for case in cases}
    return Played(sum(went.values()), sorted(name for name, well in went.items() if not well))


def rehearse(model: str, basis: str, progress: Callable[[float], None] = lambda done: None) -> Played:
    """Play all of them with ``model``, or read how it went before on the same ``basis``. Raises NoConversations."""
    kept = settings.VAR / "comparisons" / f"{model.removesuffix('.tar.gz')}-conversations-{basis}.json"
    if kept.exists():
        return Played(**json.loads(kept.read_text(encoding="utf-8")))
    if not _TESTS.exists():
        raise NoConversations(NoConversations.__doc__)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", str(_TESTS), "-v", "-p", "no:cacheprovider", f"--junitxml={report}"]
        env = {**quiet_environment(), "AANSPRAAK_MODEL": model}
        env = {name: value for name, value in env.items() if name not in {"PORT", "AANSPRAAK_VAR"}}  # its own, not ours
        with subprocess.Popen(
            command, cwd=_ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as process:  # fmt: skip
            try:
                for line in process.stdout or ():
                    if done := _DONE.search(line.strip()):
                        progress(int(done[1]) / 100)
            except BaseException:  # Ctrl-C, which lets pytest end the system it started
                process.send_signal(signal.SIGINT)
                raise
        if process.returncode not in (0, 1) or not report.exists():  # 1: some failed
            raise NoConversations(NoConversations.__doc__)
        played = _read(report)
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(asdict(played), ensure_ascii=False), encoding="utf-8")
    return played


def broken(old: Played, new: Played) -> list[str]:
    """What goes as written with ``old`` and not with ``new``: reasons against promoting."""
    return [f"a conversation breaks: {name}" for name in new.failed if name not in old.failed]
