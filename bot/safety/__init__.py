"""Crisis cues, fears, rights and answers, read by patterns alone: no Rasa, no database, no network."""

from .patterns import COMMANDS, CRISES, FEARS
from .reading import SafetyHit, declines, is_about_another, read_answer, read_command, read_fear, read_safety, reads_along

__all__ = [
    "COMMANDS",
    "CRISES",
    "FEARS",
    "SafetyHit",
    "declines",
    "is_about_another",
    "read_answer",
    "read_command",
    "read_fear",
    "read_safety",
    "reads_along",
]
