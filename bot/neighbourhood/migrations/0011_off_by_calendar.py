"""What a calendar set aside is a column, no longer a key in ``titles``.

While the version before runs beside this one (or again), an activity that one of them sets aside the other leaves aside,
until somebody at the desk ticks "Gaat door": nobody is sent to a closed door.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("neighbourhood", "0010_team_closed"),
    ]

    operations = [
        migrations.AddField(
            model_name="activity",
            name="off_by_calendar",
            field=models.BooleanField(db_default=False, default=False, help_text="A later one may bring it back."),
        ),
        migrations.RunSQL(
            "UPDATE neighbourhood_activity SET off_by_calendar = true, titles = titles - '_calendar' WHERE titles ? '_calendar'",
            """UPDATE neighbourhood_activity SET titles = titles || '{"_calendar": "off"}' WHERE off_by_calendar""",
        ),
    ]
