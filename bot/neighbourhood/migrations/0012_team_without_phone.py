"""A team's own telephone number is used no more: residents hear only a number that was checked and has an end (``LocalFact``).

The column stays for the version before, empty where this one adds a team; a release later a migration may drop it.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("neighbourhood", "0011_off_by_calendar"),
    ]

    operations = [
        migrations.AlterField(
            model_name="team",
            name="phone",
            field=models.CharField(blank=True, db_default="", max_length=30),
        ),
        migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField(model_name="team", name="phone")]),
    ]
