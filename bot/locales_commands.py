"""``aanspraak locales …``: texts, their translations, and what residents may do in a language. Imports stay inside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from bot.command_line import fail, with_django

__all__ = ["locales_app"]

locales_app = typer.Typer(help="Texts and their translations.", no_args_is_help=True)


@locales_app.command()
def status(as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """How far each language is, who has reviewed it, and what residents may do in it here."""
    with_django()
    from django.db import DatabaseError

    from bot.conversations.languages import state_of
    from bot.learning.readiness import readiness

    rows = []
    for found in readiness():
        try:
            state = state_of(found.tag)
        except DatabaseError:  # decisions are kept there; texts and scores can be told without
            state = "unknown"
        rows.append({**found.as_dict(), "state": state})
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for row in rows:
        reviewed = f"reviewed by {row['reviewed_by']} {row['reviewed_on']}" if row["reviewed_by"] else "draft, not reviewed"
        score = f"{row['score']:.2f}" if row["score"] is not None else "-"
        counts = (
            f"{row['translated']:4}/{row['total']}  {row['examples']:5} examples  score {score:4}  {row['dialogues']:2} talks"
        )
        typer.echo(f"{row['tag']:9} {row['name']:14} {row['state']:8} {counts}  {reviewed}; advice: {row['advice']}")


@locales_app.command()
def release(
    tag: Annotated[str, typer.Argument(help="A language, such as tr.")],
    state: Annotated[str, typer.Argument(help="on, buttons (and a person) or off.")],
    by: Annotated[str, typer.Option(help="Who decided; recorded.")] = "",
    reason: Annotated[str, typer.Option(help="Needed to go further than is advised; recorded.")] = "",
) -> None:
    """Decide what residents may do in a language here. Takes effect within seconds."""
    import getpass

    with_django()
    from bot.conversations.languages import UnknownLanguage
    from bot.learning.readiness import NotReady, release

    try:
        release(tag, state, by or getpass.getuser(), reason)
    except (UnknownLanguage, NotReady) as error:
        fail(str(error))
    typer.echo(f"{tag} is {state} now.")


@locales_app.command()
def update(tags: Annotated[list[str] | None, typer.Argument(help="Languages; all when none.")] = None) -> None:
    """Bring the PO files up to date with the Dutch texts."""
    from bot.language import locales

    for tag in tags or locales.tags():
        typer.echo(locales.update(tag).relative_to(locales.LOCALES.parent))


@locales_app.command()
def extract(
    out: Annotated[Path, typer.Argument(help="Where the file goes.")] = Path("locales/bot.pot"),
    lang: Annotated[str | None, typer.Option(help="With the translations of this language, to go on with.")] = None,
) -> None:
    """Write a file to translate in (Weblate, Poedit): each text with where it stands, who says it and what it must fit."""
    from bot.language import locales

    if lang and lang not in locales.tags():
        fail(f"There is no locales/{lang} yet. Make it with: aanspraak locales update {lang}")
    out.write_bytes(locales.for_translators(lang))
    typer.echo(out)


@locales_app.command("compile")
def compile_() -> None:
    """Compile changed PO files."""
    from bot.language import locales

    typer.echo(f"compiled: {', '.join(locales.compile_all()) or 'nothing had changed'}")


@locales_app.command()
def pictures(
    lang: Annotated[str, typer.Argument(help="A language on offer.")],
    out: Annotated[Path | None, typer.Option(help="A folder; var/pictures/LANG when none.")] = None,
    only: Annotated[str, typer.Option(help="Only texts whose key begins with this.")] = "",
    base: Annotated[str, typer.Option(help="Address of a running demo.")] = "http://localhost:8000",
) -> None:
    """A picture of every text as the chat page shows it on a phone, with an index, for translators. Needs a running demo."""
    from bot import settings
    from bot.language.tags import ON_OFFER
    from bot.testing.browser import NoBrowser
    from bot.testing.message_pictures import take
    from bot.testing.pictures import NoAnswer, check

    if lang not in ON_OFFER:
        fail(f"There are no texts in {lang!r}. There are: {', '.join(ON_OFFER)}.")
    try:
        check(base)
        made = take(base, lang, out or settings.VAR / "pictures" / lang, only)
    except (NoAnswer, NoBrowser) as error:
        fail(str(error))
    typer.echo(made[-1] if made else f"No text's key begins with {only!r}.")


@locales_app.command()
def readable() -> None:
    """How easily the Dutch and English texts read: words a sentence, letters a word, reading ease, and the hardest ones."""
    from bot.language.reading_ease import MEASURED, measure
    from bot.language.review import texts_in

    for tag in MEASURED:
        texts = list(texts_in(tag))
        whole = measure((text for _, text in texts), tag)
        typer.echo(
            f"{tag}: reading ease {whole.ease:.0f} (60 is plain, 80 easy), {whole.words_a_sentence:.1f} words a sentence,"
            f" {whole.letters_a_word:.1f} letters a word"
        )
        read = [(found.ease, key, text) for key, text in texts if (found := measure([text], tag)) and found.words >= 5]
        for ease, key, text in sorted(read)[:5]:
            typer.echo(f"   {ease:3.0f}  {key}: {text}")


@locales_app.command()
def check() -> None:
    """Check translations: complete, placeholders, lengths, plurals, quotes, direction marks; danger and consent exact."""
    from bot.language.review import translation_problems

    problems = translation_problems()
    for problem in problems:
        typer.echo(problem)
    typer.echo(f"{len(problems)} to mend")
    raise SystemExit(bool(problems))
