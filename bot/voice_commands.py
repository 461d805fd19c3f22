"""``aanspraak voices …``: which core messages can be heard, and the machine's voices of the demo."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import typer

from bot.command_line import fail, with_django

__all__ = ["voices_app"]

# espeak-ng has none for Darija, Tigrinya and Somali: there only people can speak.
_ESPEAK = {"nl": "nl", "en": "en-gb", "tr": "tr", "ar": "ar", "pap": "pap", "pl": "pl", "uk": "uk", "fa": "fa", "es": "es"}
_WORDS_A_MINUTE = "140"
_TOOLS = ("espeak-ng", "lame")
voices_app = typer.Typer(help="Recorded voices for people who do not read.", no_args_is_help=True)


def _wanted() -> Iterator[dict]:
    from bot.conversations.texts import say_anywhere
    from bot.conversations.voices import demo_keys, words

    for tag in _ESPEAK:
        for number, one in enumerate(words(tag, demo_keys(), say_anywhere)):
            file = f"{tag}/{one.key.replace('.', '-')}-{number}.mp3"
            yield {"key": one.key, "language": tag, "text": one.text, "titles": list(one.titles), "file": file}


def _speak(one: dict, path: Path) -> None:
    """The text, and then its buttons, as a small MP3: what browsers, Telegram and WhatsApp all play."""
    said = "\n".join([one["text"], *(f"{title}." for title in one["titles"])])
    spoken = subprocess.run(
        ["espeak-ng", "-v", _ESPEAK[one["language"]], "-s", _WORDS_A_MINUTE, "--stdin", "--stdout"],
        input=said.encode(), capture_output=True, check=True,
    )  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    lame = ["lame", "--quiet", "-m", "m", "--resample", "16", "-b", "16", "-", str(path)]
    subprocess.run(lame, input=spoken.stdout, capture_output=True, check=True)


@voices_app.command()
def make() -> None:
    """Let espeak-ng say the demo's messages anew, into content/demo/voices (needs Debian's espeak-ng and lame)."""
    if missing := [tool for tool in _TOOLS if not shutil.which(tool)]:
        fail(f"Not found: {', '.join(missing)}. On Debian: apt-get install {' '.join(_TOOLS)}")
    with_django()
    from bot.neighbourhood.demo import DEMO_VOICES

    wanted = list(_wanted())
    shutil.rmtree(DEMO_VOICES, ignore_errors=True)
    for one in wanted:
        _speak(one, DEMO_VOICES / one["file"])
    index = json.dumps(wanted, ensure_ascii=False, indent=1)
    (DEMO_VOICES / "index.json").write_text(f"{index}\n", encoding="utf-8")
    typer.echo(f"{len(wanted)} voices in {len(_ESPEAK)} languages: {DEMO_VOICES}")


@voices_app.command()
def status() -> None:
    """Of every language: how many core messages can be heard, by a person or a machine, and how many texts have changed since."""
    with_django()
    from bot.conversations.languages import on_offer
    from bot.conversations.recording import shelf

    for tag in on_offer():
        rows = shelf(tag)
        people = sum(bool(row.recording and not row.recording.machine) for row in rows)
        machine = sum(bool(row.recording and row.recording.machine) for row in rows)
        stale = sum(bool(row.stale) for row in rows)
        typer.echo(f"{tag:9} {len(rows):3} texts  {people:3} by a person  {machine:3} by a machine  {stale:3} changed since")
