"""Logging for every process: one handler, one redacting filter, and our own events."""

from __future__ import annotations

import logging
import os
import re
import sys
import threading
import time
from collections.abc import Mapping
from enum import Enum
from typing import Any
from uuid import UUID

from .records import EVENTS, scrub
from .redact import HIDDEN, redact

__all__ = ["configure", "event", "install"]

_LONGEST = 64
_NAME = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*$")
# Each line of theirs is an address or a request of a resident.
_ACCESS = ("sanic.access", "uvicorn.access", "aiohttp.access")
# Each of their lines below a warning is a request to a provider, or a statement.
# procrastinate says five lines a job; its errors are heard.
_QUIET = ("django.db.backends", "httpcore", "httpx", "procrastinate", "pywa", "sqlalchemy", "telegram")
_plain_record = logging.LogRecord


class _Redacting(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        scrub(record)
        return True


class _Never(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        return False


class _Line(logging.Formatter):
    """``2026-03-12T14:30:05Z INFO turns handover.accepted handover=…``; a library's line has its name before it."""

    converter = time.gmtime

    def __init__(self, process: str) -> None:
        super().__init__("%(asctime)s %(levelname)s %(where)s%(message)s", "%Y-%m-%dT%H:%M:%SZ")
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        record.where = f"{self._process} " if record.name == EVENTS else f"{self._process} {record.name}: "
        return super().format(record)


def _scrubbed_record(*args: Any, **kwargs: Any) -> logging.LogRecord:
    return scrub(_plain_record(*args, **kwargs))


def _only_handler(process: str) -> logging.Handler:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Line(process))
    handler.addFilter(_Redacting())
    return handler


def _take_over(level: int, process: str) -> None:
    """Every logger made so far hands its records to the one handler."""
    # Coloredlogs, sanic and uvicorn add handlers of their own later: what reaches those is harmless from birth.
    logging.setLogRecordFactory(_scrubbed_record)
    logging.raiseExceptions = False  # a failing handler would print the record's arguments
    for logger in list(logging.root.manager.loggerDict.values()):
        if isinstance(logger, logging.Logger):
            logger.handlers.clear()
            logger.propagate = True
    logging.root.handlers[:] = [_only_handler(process)]
    logging.root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
    for name in _ACCESS:
        logging.getLogger(name).filters[:] = [_Never()]
    logging.captureWarnings(True)


def _level(value: int | str) -> int:
    return value if isinstance(value, int) else logging.getLevelName(value.upper())


def configure(options: Mapping[str, Any]) -> None:
    """Django's LOGGING_CONFIG; ``options`` is ``{"level": "INFO"}``."""
    _take_over(_level(options.get("level", logging.INFO)), os.environ.get("AANSPRAAK_PROCESS", "aanspraak"))


def install(process: str, level: int | str = logging.INFO) -> None:
    """Logging for a process that is not Django's (``rasa``, ``actions``).

    Rasa's command line sets up its own logging after its start: call it again once Rasa is up, to have our lines
    back. In between nothing leaks either.
    """
    number = _level(level)
    _take_over(number, process)
    sys.excepthook = _uncaught
    threading.excepthook = lambda args: _uncaught(args.exc_type, args.exc_value, args.exc_traceback)
    _install_structlog(number)


def _uncaught(kind: type[BaseException], error: BaseException | None, trace: Any) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("bot").critical("uncaught", exc_info=(kind, error, trace))  # type: ignore[arg-type]


def _event_only(_: Any, __: str, fields: dict[str, Any]) -> tuple[tuple[str], dict[str, Any]]:
    return (str(fields.get("event", "")),), {"exc_info": fields.get("exc_info")}


def _install_structlog(level: int) -> None:
    import structlog

    structlog.configure(
        processors=[_event_only],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=False,
    )


def _shown(value: Any) -> str:
    if isinstance(value, UUID):
        return str(value)
    text = str(value.value if isinstance(value, Enum) else value)
    short = isinstance(value, (str, int, float, Enum)) or value is None
    return redact(text) if short and text and len(text) <= _LONGEST and not any(c.isspace() for c in text) else HIDDEN


def event(name: str, /, *, level: int = logging.INFO, **fields: Any) -> None:
    """One line: ``event("handover.accepted", handover=handover.id)``. Only ids, counts and enums are shown.

    A longer text, one with spaces or any other object becomes ``⟨…⟩``; raises ValueError for a name that is a sentence.
    """
    if not _NAME.match(name):
        raise ValueError("An event is named like handover.accepted; values go into its fields.")
    line = " ".join([name, *(f"{key}={_shown(value)}" for key, value in fields.items())])
    logging.getLogger(EVENTS).log(level, "%s", line)
