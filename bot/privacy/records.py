"""Log records without anything a resident wrote: what is constant in the source stays, values do not."""

from __future__ import annotations

import ast
import logging
import re
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from traceback import walk_tb
from types import TracebackType
from typing import Any

from .redact import HIDDEN, redact

__all__ = ["EVENTS", "scrub"]

EVENTS = "bot.events"
# Their messages hold ids, paths and states. All other libraries may put a resident's words into one.
_PLAIN_SPOKEN = ("actions", "bot", "django", "procrastinate", "uvicorn")
_WARNING = re.compile(r"^(\S+:[0-9]+: \w+):")
_LOG_CALLS = {"critical", "debug", "error", "exception", "fatal", "info", "log", "msg", "warn", "warning"}
_CHAIN = 4


@cache
def _calls(path: str) -> tuple[ast.Call, ...]:
    try:
        tree = ast.parse(Path(path).read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError):
        return ()
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute))
    return tuple(call for call in calls if call.func.attr in _LOG_CALLS and call.args)


def _constant(node: ast.expr) -> str:
    """What of a text stands in the source; a placeholder for what is put into it."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(_constant(part) if isinstance(part, ast.Constant) else HIDDEN for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _constant(node.left) + _constant(node.right)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        return _constant(node.left)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        return _constant(node.func.value)
    return HIDDEN


@cache
def _template(path: str, line: int) -> str:
    """The constant part of the message logged at this line."""
    here = [call for call in _calls(path) if call.lineno <= line <= (call.end_lineno or call.lineno)]
    if not here:
        return HIDDEN
    call = max(here, key=lambda c: c.lineno)
    first = call.args[1] if call.func.attr == "log" and len(call.args) > 1 else call.args[0]  # type: ignore[attr-defined]
    return _constant(first)


def _safe(value: Any) -> Any:
    return value if value is None or isinstance(value, (bool, int, float)) else HIDDEN


def _bare_message(record: logging.LogRecord) -> str:
    """The message's template with its numbers; every other argument is hidden."""
    if record.name == "py.warnings" and (match := _WARNING.match(record.getMessage())):
        return match[1]
    template = _template(record.pathname, record.lineno)
    args = record.args
    if args and template == record.msg:
        safe = {k: _safe(v) for k, v in args.items()} if isinstance(args, dict) else tuple(map(_safe, args))
        with suppress(TypeError, ValueError, KeyError):  # "%d" of something that is no number
            template %= safe
    return f"{template} ({record.filename}:{record.lineno})"


def _message(record: logging.LogRecord) -> str:
    if record.name == EVENTS:
        return record.getMessage()
    if record.name == "__main__" or record.name.split(".", 1)[0] in _PLAIN_SPOKEN:
        return redact(record.getMessage())
    return redact(_bare_message(record))


def _details(error: BaseException) -> str:
    """Codes, and the message only of our own errors: any other may quote what somebody typed."""
    found = {name: getattr(error, name, None) for name in ("sqlstate", "errno", "status_code")}
    codes = [f"{name}={value}" for name, value in found.items() if value and isinstance(value, (int, str))]
    ours = [redact(str(error))] if type(error).__module__.startswith("bot.") else []
    return "".join(f" {part}" for part in [*codes, *ours])


def _frames(trace: TracebackType | None) -> list[str]:
    places = [(frame.f_code, line) for frame, line in walk_tb(trace)][-25:]
    return [f"    {'/'.join(Path(code.co_filename).parts[-3:])}:{line} {code.co_name}" for code, line in places]


def _trace(error: BaseException | None) -> str:
    """Type, codes and places of an error and of those behind it."""
    lines: list[str] = []
    for _ in range(_CHAIN):
        if error is None:
            break
        lines += [f"  {type(error).__module__}.{type(error).__qualname__}{_details(error)}", *_frames(error.__traceback__)]
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n".join(lines)


def _error(record: logging.LogRecord) -> BaseException | None:
    if isinstance(record.exc_info, tuple):
        return record.exc_info[1]
    # Structured loggers render the error into the text; where it came from is still known here.
    return sys.exc_info()[1] if record.levelno >= logging.ERROR else None


def scrub(record: logging.LogRecord) -> logging.LogRecord:
    """Make one record harmless, in place and once; whatever handler prints it afterwards."""
    if getattr(record, "scrubbed", False):
        return record
    try:
        message, trace = _message(record), _trace(_error(record))
    except Exception:  # A log line never stops the work, and one that cannot be read is not printed.
        message, trace = f"{HIDDEN} ({record.filename}:{record.lineno})", ""
    record.msg, record.args = message, ()
    record.exc_info, record.exc_text, record.stack_info = None, trace or None, None
    record.scrubbed = True
    return record
