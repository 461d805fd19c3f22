"""``aanspraak train | models | compare | promote | rollback | chat``: from new examples to a model that answers residents."""

from __future__ import annotations

import getpass
import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.command_line import fail

__all__ = ["add_to"]


def _quiet() -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bot.settings")


def train(
    force: Annotated[bool, typer.Option("--force", help="Also when there is a model of these examples.")] = False,
    validate: Annotated[bool, typer.Option("--validate", help="Only check the data, as CI does.")] = False,
    plain: Annotated[bool, typer.Option("--plain", help="Progress as lines, for programs.")] = False,
) -> None:
    """Train a candidate from the examples as they are, and try it out. It answers nobody until it is promoted.

    With --plain it ends with 4 where there is nothing to train.
    """
    from bot import settings, training
    from bot.learning import shelf
    from bot.learning.work import UNCHANGED

    if validate:
        raise SystemExit(training.validate())
    wanted = training.inputs()
    if not force and shelf.is_whole(wanted.name):
        typer.echo(f"Nothing has changed: {wanted.name}")
        raise SystemExit(UNCHANGED if plain else 0)
    try:
        if plain:
            model = training.train(settings.VAR, lambda step, done: typer.echo(f"progress {step} {done:.2f}"))
        else:
            model = _with_bar(lambda show: training.train(settings.VAR, show))
    except training.TrainingFailed as error:
        fail(error)
    typer.echo(f"Ready after {model.seconds:.0f} s: {model.name}. Next: aanspraak compare, aanspraak promote")


def _with_bar(work):
    from rich.progress import Progress

    with Progress(transient=True) as bar:
        task = bar.add_task("starting", total=1.0)
        return work(lambda step, done: bar.update(task, description=step, completed=done))


def models() -> None:
    """The models on disk, the promoted one first, what a rollback goes back to, and what ran when."""
    from bot.learning import shelf
    from bot.learning.promotion import back_to

    current = shelf.promoted()
    for model in sorted(shelf.candidates(), key=lambda model: model.name != current):
        mark = "promoted " if model.name == current else "candidate"
        typer.echo(
            f"{mark}  {model.name}  {model.trained_at or 'unknown':25}  {model.bytes / 1e6:5.1f} MB  {model.seconds:4.0f} s"
        )
    if before := back_to():
        typer.echo(f"aanspraak rollback goes back to {before}")
    for row in shelf.history()[:10]:
        typer.echo(f"{row['at']}  {row['did']:11}  {row['model']}  {row.get('by', '')}  {row.get('reason', '')}".rstrip())


def _chosen(name: str | None, otherwise: str | None) -> str:
    from bot.learning import shelf

    path = shelf.model_path(name) if name else None
    if name and path is None:
        fail(f"There is no model {name}. There are: {', '.join(m.name for m in shelf.candidates()) or 'none; aanspraak train'}")
    found = path.name if path else otherwise
    if not found:
        fail("There is no other model. Train one first: aanspraak train")
    return found


def _newest() -> str | None:
    """The newest model that is not the promoted one."""
    from bot.learning import shelf

    return next((model.name for model in shelf.candidates() if model.name != shelf.promoted()), None)


def compared(old: str, new: str, plain: bool = False, conversations: bool = False) -> dict[str, Any]:
    """The comparison of two models on disk, made now or read where both had been asked before; also written as files."""
    from bot.dialogue.parsing import parse_all
    from bot.learning.results import make_comparison

    if plain:
        show = lambda step, done: typer.echo(f"progress {step} {done:.2f}")  # noqa: E731
        return make_comparison(old, new, parse_all, show, conversations)
    return _with_bar(lambda show: make_comparison(old, new, parse_all, show, conversations))


def compare(
    old: Annotated[str | None, typer.Argument(help="A model; the promoted one when none.")] = None,
    new: Annotated[str | None, typer.Argument(help="A model; the newest candidate when none.")] = None,
    conversations: Annotated[
        bool, typer.Option("--conversations", help="Also play the conversation tests with each: some minutes.")
    ] = False,
    out: Annotated[Path | None, typer.Option("--json", help="Also write the numbers here.")] = None,
    plain: Annotated[bool, typer.Option("--plain", help="Progress as lines, for programs.")] = False,
) -> None:
    """Hold two models against each other on messages that neither was trained on. Exit 3 when promoting needs a reason."""
    from bot.learning import shelf
    from bot.learning.rehearsal import NoConversations
    from bot.learning.results import place
    from bot.learning.work import NEEDS_REASON

    _quiet()
    old, new = _chosen(old, shelf.promoted()), _chosen(new, _newest())
    for name in (old, new):
        if not shelf.is_whole(name):
            fail(f"{name} is damaged.")
    try:
        found = compared(old, new, plain, conversations)
    except NoConversations as error:
        fail(str(error))
    if out:
        out.write_text(json.dumps(found, ensure_ascii=False, indent=1), encoding="utf-8")
    mean, crises = found["mean"], found["crises"]["all"]
    typer.echo(f"{old} → {new} on {found['messages']} messages")
    typer.echo(f"crises heard        {crises['old']:.1%} → {crises['new']:.1%}")
    typer.echo(f"mean macro-F1       {mean['old']:.3f} → {mean['new']:.3f}")
    for tag, pair in found["languages"].items():
        typer.echo(f"  {tag:9}         {pair['old']:.3f} → {pair['new']:.3f}")
    typer.echo(f"messages            {len(found['better'])} better, {len(found['worse'])} worse")
    if played := found.get("conversations"):
        typer.echo(f"conversations       {played['old']['passed']} → {played['new']['passed']} as written")
    typer.echo(f"parse, median       {found['old']['median_ms']} → {found['new']['median_ms']} ms")
    typer.echo(f"report              {place(old, new, '.html')}")
    for line in found["blockers"]:
        typer.secho(f"needs a reason      {line}", fg="red")
    raise SystemExit(NEEDS_REASON if found["blockers"] else 0)


def promote(
    model: Annotated[str | None, typer.Argument(help="A model; the newest candidate when none.")] = None,
    reason: Annotated[str, typer.Option(help="Needed when it is worse where it counts; recorded.")] = "",
    by: Annotated[str, typer.Option(help="Who promotes; recorded.")] = "",
    plain: Annotated[bool, typer.Option("--plain", help="Progress as lines, for programs.")] = False,
) -> None:
    """Answer residents with this model from now on. A running Rasa switches while turns go on."""
    from bot.learning import shelf
    from bot.learning.promotion import CannotPromote
    from bot.learning.promotion import promote as promote_now

    _quiet()
    name, current = _chosen(model, _newest()), shelf.promoted()
    comparison = compared(current, name, plain) if current and current != name and shelf.is_whole(current) else None
    try:
        running = promote_now(name, comparison, by or getpass.getuser(), reason)
    except CannotPromote as error:
        fail(error)
    typer.echo(f"Promoted: {name}. " + ("Rasa answers with it now." if running else "Rasa does not run: it starts with it."))


def rollback(
    reason: Annotated[str, typer.Option(help="Recorded.")] = "",
    by: Annotated[str, typer.Option(help="Who rolls back; recorded.")] = "",
) -> None:
    """Back to the model that ran before this one (`aanspraak models` names it), at once."""
    from bot.learning.promotion import CannotPromote
    from bot.learning.promotion import rollback as roll_back_now

    try:
        name = roll_back_now(by or getpass.getuser(), reason)
    except CannotPromote as error:
        fail(error)
    typer.echo(f"Back to {name}.")


def chat(
    lang: Annotated[str, typer.Option(help="The language it answers in.")] = "nl",
    model: Annotated[str | None, typer.Option(help="A model; the promoted one when none.")] = None,
) -> None:
    """Talk to a model in the terminal and see what it hears. Nothing is stored and nothing is carried out. Ctrl-D ends."""
    import asyncio
    import logging

    from bot.language.tags import ON_OFFER
    from bot.learning import shelf

    if lang not in ON_OFFER:
        fail(f"There are no texts in {lang}. There are: {', '.join(ON_OFFER)}")
    _quiet()
    path = shelf.MODELS / _chosen(model, shelf.promoted())
    from bot.dialogue.django import ready
    from bot.dialogue.tryout import Tryout

    logging.disable(logging.ERROR)
    ready()
    tryout, loop = Tryout(path), asyncio.new_event_loop()
    typer.echo(f"{path.name}, answering in {lang}. Ctrl-D ends.")
    for line in iter(lambda: _typed("> "), None):
        if line.strip():
            _show(loop.run_until_complete(tryout.turn("terminal", line, lang)))


def _typed(prompt: str) -> str | None:
    try:
        return input(prompt)
    except (EOFError, KeyboardInterrupt):
        return None


def _show(turn: dict[str, Any]) -> None:
    heard = ", ".join(f"{name} {sure:.2f}" for name, sure in turn["intents"][:3])
    language, safety = turn["language"] or {}, turn["safety"]
    typer.secho(f"  {language.get('code')} {language.get('confidence', 0):.2f} · {heard}", dim=True)
    if safety:
        typer.secho(f"  {safety['kind']} ({safety['level']}, {safety['who']})", fg="red")
    if turn["before"]:
        typer.secho(f"  answered without a model: {turn['before']}", fg="yellow")
    if turn["slots"]:
        typer.secho(f"  {turn['slots']}", dim=True)
    for step in turn["actions"]:
        typer.secho(f"  {step['action']} ({step['policy']})", dim=True)
        if step["says"]:
            typer.echo(step["says"])


def add_to(app: typer.Typer) -> None:
    """Every command of this file, under its own name."""
    for command in (train, models, compare, promote, rollback, chat):
        app.command()(command)
