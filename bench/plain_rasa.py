"""The whole of Aanspraak beside plain Rasa: the same messages, one at a time, in one run.

    uv run python bench/plain_rasa.py --of 4 --json var/plain.json
    uv run python bench/plain_rasa.py --model var/plain-rasa.tar.gz    (trained by an earlier run)

Plain Rasa is what ``rasa init`` gives: its default pipeline and its rule policy trained on the same examples (every ``--of``-th:
on all of them its training did not end within an hour here), one rule and one fixed answer an intent, its own REST channel,
nothing stored, no actions. Aanspraak is everything ``./run`` starts, over Telegram's webhook: masking, storing, queue, delivery.
The messages are content/evaluation's, written by others than the examples; crises and rights are left out, since here they never
reach Rasa. Understood means: read as the intent that its writer meant.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import httpx
import psutil
import yaml
from rich.console import Console
from rich.progress import track
from rich.table import Table

from bench.crowd import memory_mib
from bench.town import Resident, Town, town
from bench.turns import free_port, percentile
from bench.understanding import PIPELINES, write_nlu
from bot.language.examples import examples
from bot.learning.evaluation import Row, read_rows
from tests.faults.looking import rows

_LEFT_OUT = {"safety", "rights"}
_EACH, _READY_SECONDS, _ANSWER_SECONDS = 5, 120, 20


@dataclass
class Answered:
    """How one of the two did."""

    name: str
    times: list[float]
    understood: int
    mib: float


def messages(count: int, seed: int = 3) -> list[Row]:
    """Held-out messages in every way of writing, drawn by a fixed seed."""
    never_asked = {row.intent for row in examples() if row.topic in _LEFT_OUT}
    found = [row for file in sorted((ROOT / "content" / "evaluation").glob("*.jsonl")) for row in read_rows(file)]
    return random.Random(seed).sample([row for row in found if row.intent not in never_asked], count)


def train(model: Path, of: int) -> float:
    """A plain Rasa project on every ``of``-th example; seconds that its training took."""
    known = sorted({row.intent for row in examples()})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config = yaml.safe_load((PIPELINES / "rasa-default.yml").read_text(encoding="utf-8"))
        config |= {"assistant_id": "plain", "policies": [{"name": "RulePolicy"}]}
        domain = {"version": "3.1", "intents": known, "responses": {f"utter_{intent}": [{"text": intent}] for intent in known}}
        rules = [{"rule": i, "steps": [{"intent": i}, {"action": f"utter_{i}"}]} for i in known]
        (folder / "data").mkdir()
        (folder / "config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
        (folder / "domain.yml").write_text(yaml.safe_dump(domain), encoding="utf-8")
        (folder / "data" / "rules.yml").write_text(yaml.safe_dump({"version": "3.1", "rules": rules}), encoding="utf-8")
        write_nlu(list(examples())[::of], folder / "data" / "nlu.yml")
        began = time.monotonic()
        command = [sys.executable, "-m", "rasa", "train", "--out", str(model.parent), "--fixed-model-name", model.name[:-7]]
        subprocess.run(command, cwd=folder, env=_environment(), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return time.monotonic() - began


def _environment() -> dict[str, str]:
    return {**os.environ, "RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3", "OMP_NUM_THREADS": "1"}


def plain_rasa(model: Path, asked: list[Row]) -> Answered:
    """``rasa run`` with its REST channel and its tracker store in memory."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "credentials.yml").write_text("rest:\n")
        command = [sys.executable, "-m", "rasa", "run", "--interface", "127.0.0.1", "--port", str(port), "-m", str(model)]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        process = subprocess.Popen(command, env=_environment(), cwd=folder, **quiet)
        try:
            return _over_rest(f"http://127.0.0.1:{port}", asked, process.pid)
        finally:
            process.terminate()
            process.wait(20)


def _over_rest(base: str, asked: list[Row], pid: int) -> Answered:
    times, understood, deadline = [], 0, time.monotonic() + _READY_SECONDS
    with httpx.Client(base_url=base, timeout=60) as client:
        while time.monotonic() < deadline:
            try:
                if client.post("/webhooks/rest/webhook", json={"sender": "warm", "message": "hoi"}).status_code == 200:
                    break
            except httpx.HTTPError:
                time.sleep(0.5)
        for number, row in enumerate(track(asked, "plain Rasa", transient=True)):
            began = time.monotonic()
            sent = {"sender": f"somebody-{number // _EACH}", "message": row.text}
            answers = client.post("/webhooks/rest/webhook", json=sent).json()
            times.append((time.monotonic() - began) * 1000)
            understood += [answer["text"] for answer in answers] == [row.intent]
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    return Answered("plain Rasa", times, understood, sum(p.memory_full_info().pss for p in family) / 2**20)


def aanspraak(place: Town, asked: list[Row]) -> Answered:
    """From the call of our webhook to our reply at Telegram."""
    people = [Resident(place, 2 * number + 1, seed=11) for number in range(-(-len(asked) // _EACH))]
    warm = Resident(place, 1, seed=12)
    _first_reply(place, warm, "hoi")
    [[before]] = rows(place.system, "SELECT max(id) FROM conversations_conversation")
    times = [_first_reply(place, people[n // _EACH], row.text) for n, row in enumerate(track(asked, "Aanspraak", transient=True))]
    read = rows(place.system, """
        SELECT intent FROM conversations_message WHERE author = 'resident' AND conversation_id > %s
        ORDER BY conversation_id, position""", before)  # fmt: skip
    assert len(read) == len(asked)
    understood = sum(intent == row.intent for [intent], row in zip(read, asked))
    return Answered("Aanspraak, all of it", times, understood, memory_mib(place)["all"])


def _first_reply(place: Town, resident: Resident, text: str) -> float:
    """Milliseconds."""
    place.telegram.calls.clear()
    began = time.monotonic()
    resident.write(text)
    while time.monotonic() - began < _ANSWER_SECONDS:
        for call in list(place.telegram.calls):
            if call.method == "sendMessage":
                time.sleep(0.1)  # what comes behind it is this turn's too
                return (call.at - began) * 1000
        time.sleep(0.005)
    raise SystemExit(f"no answer within {_ANSWER_SECONDS} s")


def main() -> None:
    """Both, one after the other, and a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--of", type=int, default=4, help="plain Rasa is trained on every so many-th example")
    parser.add_argument("--messages", type=int, default=400)
    parser.add_argument("--model", type=Path, default=ROOT / "var" / "plain-rasa.tar.gz", help="kept here, and used again")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    if not asked.model.exists():
        print(f"plain Rasa trained on every {asked.of}th example in {train(asked.model.resolve(), asked.of):.0f} s", flush=True)
    wanted = messages(asked.messages)
    with town() as place:
        found = [aanspraak(place, wanted)]
    found.append(plain_rasa(asked.model.resolve(), wanted))
    made = Table("", "median ms", "p95 ms", "understood", "PSS MiB")
    for one in found:
        share = f"{one.understood} of {len(wanted)}"
        made.add_row(
            one.name, f"{statistics.median(one.times):.0f}", f"{percentile(one.times, 0.95):.0f}", share, f"{one.mib:.0f}"
        )
    Console().print(made)
    if asked.json:
        asked.json.write_text(json.dumps([asdict(one) for one in found]), encoding="utf-8")


if __name__ == "__main__":
    main()
