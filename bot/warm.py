"""Read once, at the start of a process, what the first message would otherwise wait for."""

from threading import Thread

from bot.language.choice import read_choice
from bot.language.identify import identify
from bot.language.sources import load_sources
from bot.language.tags import ON_OFFER
from bot.language.wishes import read_wishes
from bot.safety import read_command, read_safety
from bot.safety.patterns import load_all

__all__ = ["warm"]


def warm(reads: bool = True) -> None:
    """Texts and the language model into memory; with ``reads`` also the patterns, the last of them in the background."""
    load_sources()
    for text in ("hoi", "merhaba", "مرحبا"):
        identify(text)
        if not reads:
            continue
        read_safety(text)
        read_command(text)
        read_choice(text, ON_OFFER)
        read_wishes(text)
    if reads:
        Thread(target=_compile_patterns, daemon=True).start()


def _compile_patterns() -> None:
    """Some seconds of processor time: beside the first messages, not before them."""
    for file in load_all():
        for gates in file.sets():
            gates.compile()
