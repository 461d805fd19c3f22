"""rasa-sdk actions: thin; they call ``bot`` and name what is to be said."""

from . import answers, handover, neighbourhood, session

__all__ = ["answers", "handover", "neighbourhood", "session"]
