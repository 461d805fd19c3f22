"""``python -m bot.safety TAG``: what the patterns of one language get wrong. Exit 1 on a failed example."""

import sys

from .checking import example_problems, nlu_problems

tag = sys.argv[1]
failed = example_problems(tag)
doubts = nlu_problems(tag)
print(*failed, sep="\n")
print(f"-- examples that fail: {len(failed)}; understanding data to look at: {len(doubts)}")
print(*doubts, sep="\n")
sys.exit(bool(failed))
