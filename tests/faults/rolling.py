"""The processes as containers run them, each alone with its own files, and each replaced by a new one while a resident writes.

The old ones may be of another checkout, an earlier version: then the tables change under them, as in a real upgrade. The commands
and settings are those of deploy/compose.yml, the secrets those that deploy/secrets.sh makes, the roles of the database as
deploy/postgres/roles.sql has them; only the containers are missing, and with them the names of hosts.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import quote

import httpx
import psycopg
import yaml
from dockerfile_parse import DockerfileParser

from bot.database import EmbeddedDatabase
from tests.running import ROOT

__all__ = ["Cluster", "replace_each"]

_START_SECONDS = 240  # Rasa on a busy machine


def _compose(root):
    return yaml.safe_load((root / "deploy" / "compose.yml").read_text(encoding="utf-8"))["services"]


def _web_command(root, port):
    steps = DockerfileParser(str(root / "deploy" / "Dockerfile")).structure
    command = yaml.safe_load(next(s["value"] for s in steps if s["instruction"] == "CMD").replace("\\\n", ""))
    return ["python", "-m", *(str(port) if word == "8000" else word.replace("0.0.0.0", "127.0.0.1") for word in command)]


class Cluster:
    """Starts what compose names, on ports of this machine; ``folder`` is empty."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        (folder / "deploy").mkdir(parents=True)
        (folder / "deploy" / "secrets.sh").write_text((ROOT / "deploy" / "secrets.sh").read_text(encoding="utf-8"))
        for name in ("bot", ".venv"):
            (folder / name).symlink_to(ROOT / name)
        self.database = EmbeddedDatabase(ROOT, folder / "var", "", durable=False)
        host = quote(str(self.database.socket), safe="")
        subprocess.run(["sh", str(folder / "deploy" / "secrets.sh"), host], check=True, capture_output=True)
        self.database.password = self.secret("postgres/OWNER_PASSWORD")
        self.database._run_password = self.secret("postgres/RUN_PASSWORD")
        self.database.start()
        self.running: list[subprocess.Popen] = []

    def secret(self, path):
        return (self.folder / "deploy" / "secrets" / path).read_text().strip()

    def start(self, name, number=1, port=0, root=ROOT):
        """The process ``name`` of that checkout's compose file, the ``number``-th of its kind."""
        service = _compose(root)[name]
        home = self.folder / f"{name}-{number}"
        home.mkdir()
        mounted = service["volumes"][0].split(":")[0].removeprefix("./")
        (home / "secrets").symlink_to(self.folder / "deploy" / mounted)
        rasa, actions = self.port + 1005, self.port + 1055
        env = {
            **{k: v for k, v in os.environ.items() if k in ("HOME", "PATH", "LANG")},
            "DJANGO_SETTINGS_MODULE": "bot.settings", "AANSPRAAK_VAR": str(home), "PYTHONWARNINGS": "ignore",
            "OMP_NUM_THREADS": "1", "PYTHONPATH": str(root), "PUBLIC_BASE_URL": "https://chat.example.nl",
            **service["environment"],
            "RASA_URL": f"http://127.0.0.1:{rasa},http://127.0.0.1:{rasa + 1}", "ACTIONS_URL": f"http://127.0.0.1:{actions}",
            "RASA_PORT": str(rasa + number - 1), "ACTIONS_PORT": str(actions), "INTERNAL_HOSTS": "127.0.0.1,web",
        }  # fmt: skip
        command = service.get("command") or _web_command(root, port)
        command = [sys.executable, *command[1:]] if command[0] == "python" else [sys.executable, "-m", "bot.cli", *command[1:]]
        with (home / "log").open("w") as log:
            process = subprocess.Popen(command, cwd=root, env=env, stdout=log, stderr=log)
        process.log = home / "log"
        self.running.append(process)
        return process

    def until(self, process, seen):
        """Wait for it, or say what the process said."""
        deadline = time.monotonic() + _START_SECONDS
        while not seen():
            assert process.poll() is None, process.log.read_text()[-2000:]
            assert time.monotonic() < deadline, process.log.read_text()[-2000:]
            time.sleep(0.2)
        return process

    def rows(self, query, *values):
        with psycopg.connect(self.secret("owner/DATABASE_OWNER_URL"), autocommit=True) as connection:
            return connection.execute(query, values).fetchall()

    def close(self):
        for process in self.running:
            process.kill()
            process.wait()
        self.database.throw_away()


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def end(process):
    """As a rollout does: asked to end, and given time."""
    process.send_signal(signal.SIGTERM)
    process.wait(120)


class Writer(threading.Thread):
    """A resident behind a load balancer: whichever web process listens takes the message; each is sent until it is taken."""

    def __init__(self, ports):
        super().__init__(daemon=True)
        self.ports, self.sent, self.longest, self.gaps, self.done = ports, 0, 0.0, 0, threading.Event()
        self._http = httpx.Client(timeout=20)
        self.token = self._ask("POST", "/sessions", {})["session"]
        self.start()

    def _ask(self, method, path, body=None):
        began = time.monotonic()
        headers = {"Authorization": f"Bearer {self.token}"} if hasattr(self, "token") else {}
        while True:
            slow = False
            for port in list(self.ports):
                try:
                    answer = self._http.request(method, f"http://127.0.0.1:{port}/chat/api{path}", json=body, headers=headers)
                except httpx.TransportError as error:
                    slow = slow or isinstance(error, httpx.TimeoutException)  # a busy machine is no closed door
                    continue
                if answer.status_code < 500:
                    self.longest = max(self.longest, time.monotonic() - began)
                    assert answer.status_code < 300, answer.text
                    return answer.json()
            self.gaps += not slow
            time.sleep(0.1)

    def run(self):
        while not self.done.is_set():
            self._ask("POST", "/messages", {"text": f"hoi {200 + self.sent}", "id": f"n{self.sent}"})
            self.sent += 1
            time.sleep(2.1)  # thirty a minute are taken

    def end(self):
        self.done.set()
        self.join(60)
        messages = self._ask("GET", "/messages?after=0")
        self._http.close()
        return messages


def replace_each(cluster, old_root=ROOT):
    """The new one first, then the old one is asked to end; fails when a message is lost, doubled, out of order or not taken."""
    rasa, actions, web = cluster.port + 1005, cluster.port + 1055, cluster.port
    migration = cluster.start("migrate", root=old_root)
    assert migration.wait(_START_SECONDS) == 0, migration.log.read_text()
    old = {name: cluster.start(name, port=web, root=old_root) for name in ("actions", "rasa", "turns", "delivery", "web")}
    for name, port in (("actions", actions), ("rasa", rasa), ("web", web)):
        cluster.until(old[name], lambda port=port: listens(port))
    owners = {user for (user,) in cluster.rows("SELECT DISTINCT usename FROM pg_stat_activity WHERE application_name = 'turns'")}
    assert owners == {"aanspraak_run"}

    ports = [web]
    writer = Writer(ports)
    cluster.until(old["turns"], lambda: writer.sent >= 3)
    assert cluster.start("migrate", 2).wait(_START_SECONDS) == 0  # the next version's, beside what runs
    cluster.until(cluster.start("rasa", 2), lambda: listens(rasa + 1))
    end(old["rasa"])
    beats = "SELECT count(*) FROM conversations_heartbeat WHERE at > now() - interval '10 seconds' AND process LIKE %s"
    for name in ("turns", "delivery"):
        cluster.until(cluster.start(name, 2), lambda name=name: cluster.rows(beats, f"{name}@%") == [(2,)])
        end(old[name])
    cluster.until(cluster.start("web", 2, port=web + 1), lambda: listens(web + 1))
    ports.append(web + 1)
    end(old["web"])
    count = writer.sent
    cluster.until(cluster.running[-1], lambda: writer.sent >= count + 3)
    messages = writer.end()  # before the look at what still waits: else one more may come behind it
    waiting = "SELECT count(*) FROM conversations_message WHERE author = 'resident' AND handled_at IS NULL"
    cluster.until(cluster.running[-1], lambda: cluster.rows(waiting) == [(0,)])

    print(f"{writer.sent} messages, the longest took {writer.longest:.1f} s to be taken")
    said = [m["text"] for m in messages if m["author"] == "resident"]
    assert said == [f"hoi {200 + n}" for n in range(writer.sent)]
    assert cluster.rows("SELECT count(*), count(DISTINCT message_id) FROM conversations_turnresult") == [(len(said), len(said))]
    order = cluster.rows(
        "SELECT q.position FROM conversations_message a JOIN conversations_message q ON q.id = a.reply_to_id"
        " WHERE a.author = 'bot' AND a.key <> 'turn.slow' GROUP BY q.position ORDER BY min(a.position)"
    )
    assert order == sorted(order)
    assert len(order) == len(said)
    assert writer.gaps == 0
