"""Read once, at the start of a process, what the first message would otherwise wait for."""

from bot.language.choice import read_choice
from bot.language.identify import identify
from bot.language.sources import load_sources
from bot.language.wishes import read_wishes
from bot.safety import read_command, read_safety

__all__ = ["warm"]


def warm(reads: bool = True) -> None:
    """Texts and the language model into memory; with ``reads`` also every pattern (a second of processor time)."""
    load_sources()
    for text in ("hoi", "merhaba", "مرحبا"):
        identify(text)
        if not reads:
            continue
        read_safety(text)
        read_command(text)
        read_choice(text, ("nl", "en", "tr", "ar"))
        read_wishes(text)
