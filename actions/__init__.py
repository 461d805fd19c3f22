"""rasa-sdk actions: thin; they call ``bot`` and name what is to be said."""

from . import doors, handover, neighbourhood, smalltalk

__all__ = ["doors", "handover", "neighbourhood", "smalltalk"]
