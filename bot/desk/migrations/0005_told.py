import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("desk", "0004_push_device"),
        ("handover", "0007_outcome_for_key_person"),
        ("neighbourhood", "0010_team_closed"),
    ]

    operations = [
        migrations.CreateModel(
            name="Told",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.DateTimeField()),
                (
                    "handover",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="handover.handover",
                    ),
                ),
                (
                    "helper",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="neighbourhood.helper",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("helper", "handover"), name="told_once")],
            },
        ),
    ]
