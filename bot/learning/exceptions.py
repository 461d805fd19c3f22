"""What can stand in the way of learning.

LearningError
├── Stale
├── BadDecision
└── CannotWrite
"""

from __future__ import annotations

__all__ = ["BadDecision", "CannotWrite", "LearningError", "Stale"]


class LearningError(Exception):
    """Something stood in the way. Nothing was changed."""


class Stale(LearningError):
    """These messages are gone or decided already: a colleague was earlier, or somebody took back their yes."""


class BadDecision(LearningError):
    """Choose an intent from the list, or write a name for what is new."""


class CannotWrite(LearningError):
    """The data could not be written. Nothing was changed and nothing forgotten; the message says why."""
