"""How sure a classifier must be, alone, before something passed on is taken back: right and wrong guesses by confidence.

    uv run python -m bench.taking_back

The promoted model on content/evaluation, messages by others. What a pattern decides is counted and left out; 0.75 in
bot/dialogue/readers.py is chosen between the last wrong and the first right guess printed here.
"""

from __future__ import annotations

from pathlib import Path

from bot.dialogue.parsing import parse_all
from bot.learning.evaluation import read_rows
from bot.safety import read_command
from bot.training import current_model

EVALUATION = Path(__file__).resolve().parents[1] / "content" / "evaluation"
TAKES_BACK = "withdraw_consent"


def main() -> None:
    """Print both lists, and how many patterns read."""
    model = current_model()
    if model is None:
        raise SystemExit("There is no model yet: uv run aanspraak train")
    rows = [row for path in sorted(EVALUATION.glob("*.jsonl")) for row in read_rows(path)]
    meant = [row for row in rows if row.intent == TAKES_BACK]
    print(f"{len(meant)} take something back; patterns read {sum(read_command(row.text) == TAKES_BACK for row in meant)}")
    left = [row for row in rows if read_command(row.text) != TAKES_BACK]
    guesses = {True: [], False: []}
    for row, found in zip(left, parse_all([row.text for row in left], model)):
        best = max(found["intent_ranking"], key=lambda guess: guess["name"] != "nlu_fallback" and guess["confidence"])
        if best["name"] == TAKES_BACK:
            guesses[row.intent == TAKES_BACK].append(round(best["confidence"], 2))
    print(f"the classifier alone: right at {sorted(guesses[True])}, wrong at {sorted(guesses[False])}")


if __name__ == "__main__":
    main()
