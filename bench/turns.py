"""How long a turn takes: from the message stored to the first reply stored, beside plain Rasa over its REST channel.

    ./run --no-browser          (in another terminal)
    uv run python bench/turns.py --turns 200

Both are measured in this one run, one message at a time, over the same mixed messages in every way of writing.
"""

from __future__ import annotations

import argparse
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

from bot.language.examples import examples

ROOT = Path(__file__).resolve().parents[1]


def messages(count: int, seed: int = 7) -> list[str]:
    """Mixed training examples of every topic but the crises (those never reach Rasa)."""
    rng = random.Random(seed)
    pool = [row.text for row in examples() if row.topic not in {"safety", "rights", "handover"}]
    return [rng.choice(pool) + f" {'.' * (i % 3)}" for i in range(count)]


def percentile(values: list[float], share: float) -> float:
    """The value that ``share`` of them stay below; nan of none."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else float("nan")


def report(name: str, values: list[float]) -> None:
    print(f"{name:34} n={len(values):4}  median {statistics.median(values):6.1f} ms  p95 {percentile(values, 0.95):6.1f} ms")


def turn_times(texts: list[str], per_session: int = 20) -> list[float]:
    """Stored to stored, read from the database: what a resident waits for, without their network."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bot.settings")
    import django

    django.setup()
    from bot.conversations.models import Message

    base = f"http://127.0.0.1:{os.environ.get('PORT', '8000')}/chat/api"
    times = []
    with httpx.Client(timeout=30) as client:
        for start in range(0, len(texts), per_session):
            token = client.post(f"{base}/sessions", json={}).json()["session"]
            headers = {"Authorization": f"Bearer {token}"}
            for text in texts[start : start + per_session]:
                position = client.post(f"{base}/messages", json={"text": text}, headers=headers).json()["id"]
                time.sleep(0.15)  # the times are read from the database: asking early or often would only disturb
                while not (found := client.get(f"{base}/messages?after={position}", headers=headers).json()):
                    time.sleep(0.05)
                reply = Message.objects.filter(position=found[0]["id"], reply_to__position=position).latest("pk")
                times.append((reply.created_at - reply.reply_to.created_at).total_seconds() * 1000)
                time.sleep(2.2 if len(times) % 25 == 0 else 0.05)
    return times


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def plain_rasa_times(texts: list[str]) -> list[float]:
    """The same model in a plain ``rasa run`` with its REST channel and in-memory tracker store."""
    from bot.training import current_model

    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        credentials, endpoints = Path(folder) / "credentials.yml", Path(folder) / "endpoints.yml"
        credentials.write_text("rest:\n")
        endpoints.write_text("nlg:\n  type: response\n")
        command = [sys.executable, "-m", "rasa", "run", "--interface", "127.0.0.1", "--port", str(port)]
        command += ["-m", str(current_model()), "--credentials", str(credentials), "--endpoints", str(endpoints)]
        env = {**os.environ, "RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3", "OMP_NUM_THREADS": "1"}
        process = subprocess.Popen(command, env=env, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            return _rest_times(port, texts)
        finally:
            process.terminate()
            process.wait(20)


def _rest_times(port: int, texts: list[str]) -> list[float]:
    url, times = f"http://127.0.0.1:{port}/webhooks/rest/webhook", []
    with httpx.Client(timeout=60) as client:
        for _ in range(240):
            try:
                if client.get(f"http://127.0.0.1:{port}/").status_code == 200:
                    break
            except httpx.HTTPError:
                pass
            time.sleep(0.5)
        client.post(url, json={"sender": "warm", "message": "hoi"})
        for index, text in enumerate(texts):
            began = time.perf_counter()
            client.post(url, json={"sender": f"bench-{index // 20}", "message": text})
            times.append((time.perf_counter() - began) * 1000)
    return times


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=200)
    texts = messages(parser.parse_args().turns)
    report("Aanspraak, stored to stored", turn_times(texts))
    report("plain Rasa, REST, one by one", plain_rasa_times(texts))
