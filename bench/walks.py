"""Two hundred random walks of thirty turns through a running system, in all languages.

./run --no-browser                            (in another terminal)
uv run python bench/walks.py --walks 200
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter

from rich.progress import track


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--walks", type=int, default=200)
    options.add_argument("--turns", type=int, default=30)
    options.add_argument("--first-seed", type=int, default=0)
    asked = options.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bot.settings")
    import django

    django.setup()
    from bot.conversations.inbox import find_conversation
    from bot.conversations.models import Message
    from bot.handover.models import Handover
    from bot.testing.walks import faults, walk

    def keys(token: str) -> dict[int, str]:
        conversation = find_conversation("webchat", token)
        return dict(conversation.messages.filter(author="bot").values_list("position", "key")) if conversation else {}

    base, found = f"http://127.0.0.1:{os.environ.get('PORT', '8000')}", Counter()
    for seed in track(range(asked.first_seed, asked.first_seed + asked.walks), description="walking"):
        for fault in faults(walk(base, seed, asked.turns), keys):
            found[fault] += 1
            print(f"seed {seed}: {fault}")
    kept = Handover.objects.values("source_message")
    unkept = Message.objects.filter(key__startswith="handover.stored").exclude(reply_to__in=kept)
    unkept = unkept.exclude(key="handover.stored_discreet").count()  # said after taking back as well: it promises nothing
    print(f"{asked.walks} walks of {asked.turns} turns: {sum(found.values())} faults; "
          f"promises that are not stored: {unkept}")  # fmt: skip
    return int(bool(found) or unkept > 0)


if __name__ == "__main__":
    sys.exit(main())
