"""``aanspraak conformance DIR``: a database of its own, the cases, a table. Nothing of a real installation is touched."""

from __future__ import annotations

import json
import logging
import os
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

__all__ = ["run_folder"]

_OWN = ("DATABASE_URL", "PUBLIC_BASE_URL", "TELEGRAM_TOKEN", "WHATSAPP_TOKEN", "WHATSAPP_API_BASE", "TELEGRAM_API_BASE")
_ROOT = Path(__file__).resolve().parents[3]


def run_folder(folder: Path, only: str = "", out: Path | None = None) -> int:
    """0 when every case passed, 1 when one did not, 2 when the folder cannot be read."""
    with tempfile.TemporaryDirectory(prefix="aanspraak-conformance-") as var:
        _settle_in(Path(var))
        from bot.database import EmbeddedDatabase

        server = EmbeddedDatabase.with_secrets(_ROOT, Path(var), Path(var) / "secrets", durable=False)
        server.start()
        try:
            return _run(folder, only, out)
        finally:
            from django.db import connections

            connections.close_all()
            server.throw_away()


def _settle_in(var: Path) -> None:
    """Settings of this run alone, before anything reads one."""
    from bot.secrets import ensure_secrets

    for name in _OWN:
        os.environ.pop(name, None)
    os.environ.update(AANSPRAAK_VAR=str(var), DJANGO_SETTINGS_MODULE="bot.settings", DEMO="true")
    ensure_secrets(var / "secrets")
    (var / "static").mkdir()


def _run(folder: Path, only: str, out: Path | None) -> int:
    import django
    from django.core.management import call_command

    console = Console(highlight=False)
    django.setup()
    logging.disable(logging.CRITICAL)
    from bot.language.locales import compile_all
    from bot.safety.patterns import load_all

    from .cases import BadFolder
    from .runner import run_cases

    compile_all()
    load_all()
    call_command("migrate", verbosity=0, interactive=False)
    try:
        outcomes = run_cases(folder, only, lambda o: None if o.passed else console.print(f"failed: {o.case.id}"))
    except BadFolder as error:
        console.print(str(error))
        return 2
    _print(outcomes, console)
    if out:
        rows = [{"id": o.case.id, "passed": o.passed, "reasons": o.reasons, "seconds": round(o.seconds, 4), "note": o.note}
                for o in outcomes]  # fmt: skip
        out.write_text(json.dumps(rows, ensure_ascii=False, indent=1), encoding="utf-8")
    return int(not all(o.passed for o in outcomes))


def _print(outcomes: list, console: Console) -> None:
    table = Table("case", "kind", "what is not as expected", title="Failed and noted", show_lines=False)
    for outcome in outcomes:
        if outcome.reasons or outcome.note:
            table.add_row(outcome.case.id, outcome.case.kind, "; ".join([*outcome.reasons, outcome.note]).strip("; "))
    if table.row_count:
        console.print(table)
    for channel in sorted({o.case.channel for o in outcomes}):
        found = [o for o in outcomes if o.case.channel == channel]
        times = sorted(o.seconds for o in found if o.seconds)
        slow = f", p95 of the slowest call of a case {times[int(len(times) * 0.95)] * 1000:.0f} ms" if times else ""
        console.print(f"{channel}: {sum(o.passed for o in found)} of {len(found)} passed{slow}")
