"""Play the dialogues of some languages against a system that runs already: PLAY_BASE is its address, PLAY_VAR its folder."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.conversations.dialogues import load, play
from tests.running import Running


def main(tags: list[str]) -> int:
    var, port = Path(os.environ["PLAY_VAR"]), int(os.environ["PLAY_BASE"].rpartition(":")[2])
    system, failed = Running(port, var, None, var / "output.txt"), 0
    for dialogue in [d for tag in tags or [None] for d in load(tag)]:
        try:
            play(dialogue, system)
        except AssertionError as error:
            failed += 1
            print(f"NOT  {dialogue}: {error}")
        else:
            print(f"ok   {dialogue}")
    system.close()
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
