"""What was promised to residents, held against what is stored: handovers, helpers' answers, and what came too late."""

from __future__ import annotations

from typing import Any

from bench.team import ANSWERS, Team
from bench.witness import Witness

__all__ = ["judge"]


def judge(ledger: dict[str, Any], team: Team, witness: Witness) -> tuple[dict[str, int], list[str]]:
    """(how many of each, what is not as it was promised)."""
    handovers = {pk: h for pk, h in ledger["handovers"].items() if pk not in team.before}
    broken = list(witness.broken)
    for told in ledger["promises"]["without_handover"]:
        broken.append(f"{told}: a promise without a handover")
    for pk, h in handovers.items():
        broken += _untold(pk, h, team) + _answers(pk, h, team) + _lateness(pk, h, team)
    for pk in set(team.answers) - set(handovers):
        broken.append(f"{pk}: answered, and not there")
    counts = {
        "stored": len(handovers), "accepted": len(team.accepted), "answers": sum(map(len, team.answers.values())),
        "late": sum(h["late_events"] for h in handovers.values()), "said": sum(witness.seen.values()), "unseen": witness.missed,
    }  # fmt: skip
    return counts, broken


def _untold(pk: str, h: dict[str, Any], team: Team) -> list[str]:
    broken = [] if h["told_stored"] == 1 else [f"{pk}: told {h['told_stored']} times that it is stored"]
    if not h["due_ahead"] and pk not in team.late:
        broken.append(f"{pk}: no time that lies ahead")
    if not h["discreet"] and h["told_accepted"] != h["accepted_events"]:
        broken.append(f"{pk}: accepted {h['accepted_events']} times, told {h['told_accepted']} times")
    return broken


def _answers(pk: str, h: dict[str, Any], team: Team) -> list[str]:
    written = team.answers.get(pk, [])
    stored = h["answers"]
    if stored[: len(written)] != written or len(stored) > len(written) + (pk in team.doubtful):
        return [f"{pk}: the helper wrote {len(written)} of {ANSWERS} answers, stored are {len(stored)}"]
    return []


def _lateness(pk: str, h: dict[str, Any], team: Team) -> list[str]:
    if h["discreet"]:
        return []
    broken = [] if h["told_late"] == h["late_events"] else [f"{pk}: late {h['late_events']} times, told {h['told_late']} times"]
    if pk in team.late and not h["late_events"] and h["live"]:
        broken.append(f"{pk}: late, and nobody was told ({', '.join(h['story'])})")
    return broken
