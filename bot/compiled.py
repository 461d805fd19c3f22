"""Queries that every turn asks, with the SQL that Django writes for them kept: writing it takes longer than running it.

    _unhandled = Compiled(lambda pk: Message.objects.filter(pk=pk, handled_at=None).select_related("conversation"))
    message = _unhandled.first(pk)

Everything else is Django's: fields, converters, related rows. Only for what is in the way of each message.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from copy import copy
from functools import cached_property
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Expression, QuerySet

__all__ = ["Compiled"]


class _Slot(Expression):
    """Stands in the query for a value that each call brings."""

    def __init__(self, place: int) -> None:
        super().__init__()
        self.place = place

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        return "%s", [self]


class Compiled:
    """``make`` is given a stand-in for each of its arguments and returns a queryset whose SQL is the same for all values.

    A value goes to the database as it is: of the column's own type, and never None (``= NULL`` finds nothing).
    """

    def __init__(self, make: Callable[..., QuerySet]) -> None:
        self.make = make

    @cached_property
    def _written(self) -> tuple[QuerySet, Any, str, tuple[Any, ...]]:
        found = self.make(*map(_Slot, range(len(inspect.signature(self.make).parameters))))
        compiler = found.query.get_compiler(DEFAULT_DB_ALIAS)
        sql, values = compiler.as_sql()
        return found, compiler, sql, tuple(values)

    def __call__(self, *values: Any) -> list[Any]:
        """The rows, as the queryset's own."""
        if None in values:
            raise ValueError("A compiled query knows no NULL")
        found, written, sql, places = self._written
        # A connection is its thread's; all else that a compiler knows after writing is the same for everybody.
        compiler, query = copy(written), copy(found.query)
        compiler.connection = connections[DEFAULT_DB_ALIAS]
        bound = tuple(values[value.place] if isinstance(value, _Slot) else value for value in places)
        compiler.as_sql = lambda *_, **__: (sql, bound)
        query.get_compiler = lambda *_, **__: compiler
        rows = QuerySet(found.model, query=query, using=DEFAULT_DB_ALIAS)
        rows._fields = found._fields
        return list(found._iterable_class(rows))

    def first(self, *values: Any) -> Any:
        """The first row, or None; where several may match, the queryset itself says ``[:1]``."""
        return next(iter(self(*values)), None)
