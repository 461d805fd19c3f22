"""Errors of the neighbourhood room.

NeighbourhoodError
├── NotACalendar
└── NotADemo
"""

__all__ = ["NeighbourhoodError", "NotACalendar", "NotADemo"]


class NeighbourhoodError(Exception):
    """Something about teams, helpers or places is wrong; nothing was changed."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.__doc__)


class NotACalendar(NeighbourhoodError):
    """This file is no calendar (.ics). Export it again from your own program."""


class NotADemo(NeighbourhoodError):
    """The demo neighbourhood belongs on a demo machine only. Leave PUBLIC_BASE_URL empty and DEMO true to load it."""
