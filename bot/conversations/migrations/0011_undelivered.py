"""An index of the few messages that did not arrive, made while the running version goes on writing."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("conversations", "0010_measure"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="delivery",
            index=models.Index(
                models.F("updated_at"), condition=models.Q(("state__in", ["failed", "parked"])), name="undelivered"
            ),
        ),
    ]
