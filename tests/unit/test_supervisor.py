"""A child comes back whatever stood in the way of its start, and printing decides over none."""

import asyncio
import sys

import pytest

import bot.supervisor
from bot.supervisor import Child, Supervisor


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(bot.supervisor, "_FIRST_DELAY", 0.02)


def keep_until(starts, folder, say=lambda line: None):
    """Keep a child that ends at once, until it was started so often; fails when it does not come back."""
    child = Child("brief", [sys.executable, "-c", ""])
    supervisor = Supervisor([child], folder, {}, say)

    async def seen():
        while child.starts < starts:
            await asyncio.sleep(0.02)
        supervisor.stop()

    asyncio.run(asyncio.wait_for(supervisor.run(seen), 20))
    return child


@pytest.mark.parametrize("error", [BlockingIOError(11, "try again"), OSError(12, "no memory"), RuntimeError("no thread")])
def test_a_start_that_fails_is_tried_again(tmp_path, monkeypatch, error):
    failures, said, real = [error, error], [], asyncio.create_subprocess_exec

    async def fails_first(*command, **given):
        if failures:
            raise failures.pop()
        return await real(*command, **given)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", fails_first)
    assert keep_until(4, tmp_path, said.append).process is not None
    assert "could not be started" in said[0]


def test_a_log_that_cannot_be_opened_is_tried_again(tmp_path, monkeypatch):
    failures, real = [OSError(28, "no space left")], bot.supervisor._open_log

    def fails_first(folder, name):
        if failures:
            raise failures.pop()
        return real(folder, name)

    monkeypatch.setattr(bot.supervisor, "_open_log", fails_first)
    assert keep_until(3, tmp_path).process is not None


def test_a_child_without_its_pid_file_is_kept_all_the_same(tmp_path):
    """A full disk: the process lives, and comes back when it ends."""
    (tmp_path / "brief.pid").mkdir()
    assert keep_until(3, tmp_path).process is not None


@pytest.mark.parametrize("error", [BrokenPipeError(), OSError(28, "no space left"), ValueError("closed file"), SystemExit(1)])
def test_a_line_that_cannot_be_printed_decides_over_no_child(tmp_path, error):
    """The terminal was closed, or the disk under the log is full; rich raises SystemExit at a closed pipe."""

    def refuse(line):
        raise error

    keep_until(3, tmp_path, refuse)
