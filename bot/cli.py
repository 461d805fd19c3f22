"""``aanspraak …``: every command for operators, maintainers and translators. Imports stay inside: --help is quick."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Optional

import typer

from bot import model_commands
from bot.admin_commands import admin_app
from bot.backup_commands import back_up, restore
from bot.command_line import fail, with_django
from bot.database_commands import database_app
from bot.key_commands import keys_app
from bot.learning_commands import learning_app
from bot.locales_commands import locales_app
from bot.supply_commands import audit, sbom
from bot.voice_commands import voices_app

app = typer.Typer(
    help="Aanspraak: first contact about money worries, in your own language.", no_args_is_help=True, add_completion=False
)
app.add_typer(locales_app, name="locales")
templates_app = typer.Typer(help="WhatsApp templates.", no_args_is_help=True)
app.add_typer(templates_app, name="templates")
app.add_typer(admin_app, name="admin")
app.add_typer(keys_app, name="keys")
app.add_typer(database_app, name="database")
app.command("backup")(back_up)
app.command("restore")(restore)
app.command("sbom")(sbom)
app.command("audit")(audit)
app.add_typer(learning_app, name="learning")
app.add_typer(voices_app, name="voices")
model_commands.add_to(app)


def main() -> None:
    """Entry point; whatever stands in the way is one clear line, not a traceback."""
    from bot.settings_error import SettingsError

    try:
        app()
    except SettingsError as error:
        fail(str(error))
    except Exception as error:
        if not _is_a_silent_database(error):
            raise
        fail("The database does not answer. Start everything with ./run, or check DATABASE_URL and DATABASE_OWNER_URL.")


def _is_a_silent_database(error: Exception) -> bool:
    """By its name: --help must not wait for Django's import. What it says may hold the address."""
    return (type(error).__module__, type(error).__name__) == ("django.db.utils", "OperationalError")


@app.command()
def run(
    port: Annotated[Optional[int], typer.Option(help="Port of the chat and the desk (8000).", min=1, max=64000)] = None,
    empty: Annotated[bool, typer.Option("--empty", help="Without the fictional demo neighbourhood.")] = False,
    browser: Annotated[bool, typer.Option(help="Open the chat in a browser.")] = True,
) -> None:
    """Set everything up and start it on this machine; Ctrl-C stops it."""
    from bot.start import CannotStart, start

    try:
        start(port, empty, browser)
    except CannotStart as error:
        fail(str(error))
    except KeyboardInterrupt:
        fail("Stopped before everything was up.")


@app.command("data")
def check_data(tags: Annotated[Optional[list[str]], typer.Argument(help="Ways of writing; all when none.")] = None) -> None:
    """Check the understanding data: doubles, near-copies, markup; and show where there is too little."""
    from bot.language.examples import examples
    from bot.language.examples import tags as all_tags
    from bot.learning import data_checks

    conflicts = data_checks.conflicts()
    for conflict in conflicts:
        typer.echo(conflict)
    found = len(conflicts)
    for tag in tags or all_tags():
        problems, thin = data_checks.data_problems(tag), data_checks.thin_spots(tag)
        found += len(problems)
        for problem in problems:
            typer.echo(problem)
        count = sum(1 for _ in examples(tag))
        typer.echo(f"{tag:9} {count:5} lines  {len(problems)} to mend  thin: {', '.join(thin) or 'nothing'}")
    raise SystemExit(bool(found))


@app.command()
def wording(
    lang: Annotated[Optional[str], typer.Option(help="Only this language.")] = None,
    text: Annotated[Optional[str], typer.Option(help="Check this one text instead (needs --lang).")] = None,
) -> None:
    """Check everything residents may read for words that label or promise."""
    from bot.language.review import lint_everything
    from bot.language.wording import WordingListMissing, lint_text

    if text is not None and not lang:
        fail("Say in which language the text is: --lang nl")
    try:
        hits = lint_text(text, lang) if text is not None else lint_everything(lang)
    except WordingListMissing as error:
        fail(error)
    for hit in hits:
        typer.echo(f"{hit.level:5} {hit.tag:8} {hit.key or '-':36} {hit.tier}/{hit.concept}: {hit.match}")
    errors = sum(hit.level == "error" for hit in hits)
    typer.echo(f"{errors} to mend, {len(hits) - errors} to look at")
    raise SystemExit(bool(errors))


@app.command()
def facts(
    days: Annotated[int, typer.Option(help="Also name what expires within so many days.")] = 30,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """List the facts that must be checked: residents are told none that is unchecked or expired."""
    import datetime as dt

    from bot.facts import all_facts

    with_django()
    today = dt.date.today()
    rows = [(fact, fact.state(today, days)) for fact in all_facts()]
    if as_json:
        found = [{"key": f.key, "value": f.value, "state": state, "until": str(f.valid_until or "")} for f, state in rows]
        typer.echo(json.dumps(found, ensure_ascii=False, indent=1))
        return
    for fact, state in sorted(rows, key=lambda row: (row[1] == "told", row[1], row[0].key)):
        typer.echo(f"{state:9} {fact.key:20} {fact.valid_until or '-'!s:10}  {fact.value or '(no value)'}  [{fact.source}]")
    typer.echo(f"{sum(state != 'told' for _, state in rows)} to check (content/facts.yml: checked_by, checked_on, valid_until)")


@app.command()
def retention(lang: Annotated[str, typer.Option(help="nl or en.")] = "nl") -> None:
    """How long each kind of data is kept on this installation, table by table."""
    from bot.privacy.retention import days, markdown

    if lang not in {"nl", "en"}:
        fail("Say --lang nl or --lang en.")
    with_django()
    typer.echo(markdown(lang, days()))


@app.command("demo-code")
def demo_code() -> None:
    """The current code for the second step of the demo sign-in."""
    from bot import settings

    if not settings.DEMO or not settings.DEMO_TOTP_SECRET:
        fail("There is no demo sign-in here. It exists only on a demo machine, after ./run has made it.")
    with_django()
    from bot.desk.accounts import totp_now

    typer.echo(totp_now(settings.DEMO_TOTP_SECRET))


@app.command()
def evaluate(
    data: Annotated[Path, typer.Option(help="JSON lines with lang, intent and text.", exists=True, dir_okay=False)],
    out: Annotated[Optional[Path], typer.Option("--json", help="Write the scores here.")] = None,
    picture: Annotated[Optional[Path], typer.Option(help="Draw the confusion matrix here (PNG).")] = None,
) -> None:
    """Score the current model on messages of your own: understanding, language, safety, and the change since last time."""
    from rich.progress import Progress

    from bot import settings, training
    from bot.dialogue.parsing import parse_all
    from bot.learning import report
    from bot.learning.evaluation import BadData, evaluate_file

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    model = training.current_model()
    if model is None:
        fail("There is no model yet. Make one first: uv run aanspraak train, then promote")

    def parse(texts: list[str]) -> list[dict]:
        with Progress(transient=True) as bar:
            task = bar.add_task("reading messages", total=len(texts))
            return parse_all(texts, model, lambda done: bar.update(task, completed=done))

    try:
        scores = evaluate_file(data, model, parse)
    except BadData as error:
        fail(str(error))
    if out:
        out.write_text(json.dumps(scores, ensure_ascii=False, indent=1), encoding="utf-8")
    if picture:
        report.draw_confusion(scores, picture)
    report.print_report(scores, report.keep(scores, settings.VAR / "evaluations"))


@app.command()
def doctor() -> None:
    """What is missing or out of order here, and what to do about it."""
    with_django()
    from bot.doctor import findings

    rows = findings()
    for row in rows:
        typer.echo(f"{row.level:7} {row.what}\n        {row.remedy}")
    raise SystemExit(any(row.level == "error" for row in rows))


@templates_app.command("list")
def templates_list() -> None:
    """Every template of content/templates.yml with its status."""
    with_django()
    from bot.conversations.templates import registered

    for found in registered():
        typer.echo(f"{found.status:9} {found.provider_name:24} {found.tag:9} {found.text}")


@templates_app.command("check")
def templates_check() -> None:
    """Compare content/templates.yml with WhatsApp; exit 1 when they differ."""
    with_django()
    import httpx
    from django.conf import settings

    from bot.channels.whatsapp.diagnosis import compare_templates

    if not (settings.WHATSAPP_TOKEN and settings.WHATSAPP_WABA_ID):
        fail("WHATSAPP_TOKEN or WHATSAPP_WABA_ID is empty. Give both (docs/channels.md).")
    try:
        lines = compare_templates()
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
        fail(f"WhatsApp gave no list ({type(error).__name__}). Check WHATSAPP_WABA_ID and the token's rights.")
    for line in lines:
        typer.echo(line)
    typer.echo(f"{len(lines)} to correct")
    raise SystemExit(bool(lines))


@app.command()
def conformance(
    folder: Annotated[
        Path, typer.Argument(help="A folder with META.json, index.jsonl and bodies.", exists=True, file_okay=False)
    ],
    only: Annotated[str, typer.Option(help="Only cases whose id contains this.")] = "",
    out: Annotated[Optional[Path], typer.Option("--json", help="Write every outcome here.")] = None,
) -> None:
    """Run webhook bodies and provider answers against the channels, on a database of its own; exit 1 when a case fails."""
    from bot.testing.conformance.command import run_folder

    raise SystemExit(run_folder(folder, only, out))


@app.command()
def pictures(
    base: Annotated[str, typer.Option(help="Address of a demo that runs from this folder.")] = "http://localhost:8000",
) -> None:
    """Renew the pictures of the README by acting a conversation in a browser, on a running demo."""
    from bot import settings

    if not settings.DEMO or not settings.DEMO_TOTP_SECRET:
        fail("The pictures are taken on a demo machine: start one with ./run, and leave PUBLIC_BASE_URL empty.")
    with_django()
    from bot.testing.browser import NoBrowser
    from bot.testing.pictures import NoAnswer, renew

    try:
        made = renew(base, settings.DEMO_PASSWORD, settings.DEMO_TOTP_SECRET)
    except (NoAnswer, NoBrowser) as error:
        fail(str(error))
    for picture in made:
        typer.echo(picture)


if __name__ == "__main__":
    sys.exit(main())
