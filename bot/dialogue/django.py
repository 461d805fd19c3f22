"""Django inside Rasa's and the actions' processes."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from typing import Any

__all__ = ["in_database", "ready"]


def ready() -> None:
    """Set Django up once; harmless when it is up."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bot.settings")
    import django
    from django.apps import apps

    if not apps.ready:
        django.setup()


def in_database(function: Callable[..., Any]) -> Callable[..., Any]:
    """An async version of ``function`` that may use the ORM: in a thread, on a connection known to be alive."""
    from asgiref.sync import sync_to_async

    @wraps(function)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        from django.db import close_old_connections

        close_old_connections()
        try:
            return function(*args, **kwargs)
        finally:
            close_old_connections()

    return sync_to_async(guarded, thread_sensitive=True)
