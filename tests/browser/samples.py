"""Fills the review inbox of a running system, from inside it: one line in, one line out."""

from __future__ import annotations

import sys
import uuid
from datetime import timedelta


def _fill() -> int:
    from django.utils import timezone

    from bot.learning.drift import last_week
    from bot.learning.models import Sample, WeekCount

    Sample.objects.all().delete()
    until, group = timezone.localdate() + timedelta(days=9), uuid.uuid4()
    rows = [("nl", "rent_worry", f"de huur is weer omhoog gegaan {n}", group) for n in range(3)]
    rows += [
        ("ar", "energy_bill", "فاتورة الكهرباء غالية جدا هذا الشهر", uuid.uuid4()),
        ("tr", "greet", "selam size", uuid.uuid4()),
    ]
    for tag, intent, text, of in rows:
        Sample.objects.create(
            text=text, language=tag, intent=intent, group=of, confidence=0.3, why="unsure", expires_at=until,
            wishes={"helper_gender": "woman"},
        )  # fmt: skip
    monday = last_week(timezone.now())
    for back in range(6):
        counts = {"understood": 60 if not back else 80, "unsure": 25, "misunderstood": 22, "corrected": 12, "person": 4}
        WeekCount.objects.update_or_create(week=monday - timedelta(weeks=back), language="nl", defaults=counts)
    return len(rows)


def main() -> None:
    import django

    django.setup()
    for _line in sys.stdin:
        print(_fill(), flush=True)


if __name__ == "__main__":
    main()
