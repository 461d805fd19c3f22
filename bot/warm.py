"""Read once, at the start of a process, what the first message would otherwise wait for."""

import time
from threading import Thread

from bot.garbage import freeze
from bot.language.choice import read_choice
from bot.language.identify import identify, model
from bot.language.sources import load_sources
from bot.language.tags import ON_OFFER
from bot.language.wishes import read_wishes
from bot.safety import read_command, read_safety
from bot.safety.patterns import load_all

__all__ = ["compile_now", "compile_patterns", "make_kept", "warm"]

_BREATH = 0.002  # seconds between two patterns: others of this process, and other processes, go first


def make_kept() -> None:
    """What is kept under var/cache until its sources change: made now, where it is missing."""
    model()
    load_all()


def warm(reads: bool = True) -> None:
    """Texts and the language model into memory; with ``reads`` also what every message is held against."""
    load_sources()
    for text in ("hoi", "merhaba", "مرحبا"):
        identify(text)
        if not reads:
            continue
        read_safety(text)
        read_command(text)
        read_choice(text, ON_OFFER)
        read_wishes(text)
    freeze()


def compile_patterns() -> None:
    """Start compiling in the background what would otherwise be compiled in the first messages that need it.

    Some ten seconds of processor time for twelve thousand patterns, spread over half a minute.
    """
    Thread(target=_compile_slowly, daemon=True).start()


def _compile_slowly() -> None:
    compile_now(_BREATH)
    freeze()


def compile_now(breath: float = 0) -> None:
    """Compile every pattern, with ``breath`` seconds between two of them."""
    for file in load_all():
        for gates in file.sets():
            for gate in gates:
                _ = gate.regex
                time.sleep(breath)
