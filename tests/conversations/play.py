"""Play the dialogues of some languages against a system that runs already: PLAY_BASE is its address, PLAY_VAR its folder."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.conversations.dialogues import load, play
from tests.running import Resident


@dataclass
class _Outside:
    base: str
    var: Path

    @property
    def port(self) -> int:
        return int(self.base.rpartition(":")[2])

    def resident(self) -> Resident:
        return Resident(self.base)


def main(tags: list[str]) -> int:
    system, failed = _Outside(os.environ["PLAY_BASE"], Path(os.environ["PLAY_VAR"])), 0
    for dialogue in [d for tag in tags or [None] for d in load(tag)]:
        try:
            play(dialogue, system)
        except AssertionError as error:
            failed += 1
            print(f"NOT  {dialogue}: {error}")
        else:
            print(f"ok   {dialogue}")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
