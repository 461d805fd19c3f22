"""The people and places of a neighbourhood: accounts, teams, helpers, activities."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib.auth.models import AbstractUser
from django.db import models

_MAP = "https://www.openstreetmap.org"
__all__ = ["Absence", "Activity", "Helper", "LocalFact", "Place", "Team", "User"]


class User(AbstractUser):
    """An account at the desk, known by its e-mail address."""

    class Office(models.TextChoices):
        """What an account without a team is for: neither sees a handover."""

        MAINTAINER = "maintainer"
        ADMINISTRATOR = "administrator"

    email = models.EmailField(unique=True)
    office = models.CharField(max_length=13, blank=True, choices=Office.choices)
    language = models.CharField(max_length=2, default="nl", help_text="Of the desk: nl or en.")
    municipality = models.CharField(
        max_length=80, blank=True, db_default="", help_text="A maintainer's own, where there are several."
    )
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["username"]


class Team(models.Model):
    """A wijkteam: the name residents know, its postcodes and its hours."""

    name = models.CharField(max_length=80, unique=True)
    areas = models.JSONField(default=list, help_text='Four-digit postcodes, such as ["3061"].')
    municipality = models.CharField(max_length=80, blank=True, db_default="", help_text="Where several share this system.")
    hours = models.JSONField(default=dict, help_text='ISO weekday to opening and closing time: {"1": ["09:00", "17:00"]}.')
    closed = models.JSONField(default=list, db_default=[], help_text='Days it is closed besides holidays: ["2026-12-24"].')
    urgent_minutes = models.PositiveSmallIntegerField(default=60, db_default=60, help_text="Open minutes to an urgent one.")
    promise_hours = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Open hours to any other; empty: today, else by noon of the next day."
    )
    interpreter_number = models.CharField(max_length=30, blank=True, help_text="The interpreters' line.")
    interpreter_code = models.CharField(max_length=30, blank=True, help_text="The team's customer code there.")
    on_call = models.ForeignKey("Helper", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    fictional = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name


class Helper(models.Model):
    """A worker or key person who receives handovers."""

    class Kind(models.TextChoices):
        WORKER = "worker"
        KEY_PERSON = "key_person"

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="helper")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="helpers")
    first_name = models.CharField(max_length=40)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.WORKER)
    gender = models.CharField(max_length=5, blank=True, help_text="woman or man, as the helper says; empty is fine.")
    languages = models.JSONField(default=list, help_text='BCP 47 tags, such as ["nl", "tr"].')
    coordinator = models.BooleanField(default=False)
    areas = models.JSONField(default=list, help_text="Four-digit postcodes where this helper is at home.")
    hours = models.JSONField(default=dict, help_text="As a team's; empty: the team's.")
    capacity = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Conversations at once; empty: no limit.")
    active = models.BooleanField(default=True, help_text="Who left stays in the timeline of what they did.")
    mail = models.BooleanField(default=True, help_text="Wants an e-mail when somebody waits.")
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.first_name


class Absence(models.Model):
    """Days on which a helper is away, both ends included, and who stands in."""

    helper = models.ForeignKey(Helper, on_delete=models.CASCADE, related_name="absences")
    first_day = models.DateField()
    last_day = models.DateField()
    replacement = models.ForeignKey(Helper, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["first_day"]


class Place(models.Model):
    """Somewhere people meet."""

    name = models.CharField(max_length=80, unique=True)
    address = models.CharField(max_length=120, blank=True)
    walk_in = models.BooleanField(default=False, help_text="Anybody may drop in.")
    hours = models.CharField(max_length=120, blank=True, help_text="In words, for helpers: ma en do 9 tot 12 uur.")
    active = models.BooleanField(default=True)
    fictional = models.BooleanField(default=False)

    @property
    def map_link(self) -> str:
        """OpenStreetMap, which asks nothing of who looks; empty without an address."""
        return f"{_MAP}/search?{urlencode({'query': self.address})}" if self.address else ""

    @property
    def on_foot_link(self) -> str:
        """The way there on foot: the map asks where one begins."""
        query = {"engine": "fossgis_osrm_foot", "to": self.address}
        return f"{_MAP}/directions?{urlencode(query)}" if self.address else ""


class Activity(models.Model):
    """Something to do nearby; ``titles`` holds it per language with Dutch always present."""

    titles = models.JSONField(help_text='{"nl": "samen koken", "tr": "birlikte yemek yapmak"}')
    place = models.ForeignKey(Place, on_delete=models.CASCADE)
    helper = models.ForeignKey(Helper, null=True, on_delete=models.SET_NULL, help_text="Who of the key persons is there.")
    weekday = models.PositiveSmallIntegerField(help_text="ISO: 1 is Monday.")
    on_date = models.DateField(null=True, blank=True, help_text="Once, on this day; empty: every week.")
    until = models.DateField(null=True, blank=True, help_text="The last day of a weekly one.")
    time = models.TimeField()
    children = models.BooleanField(default=False, help_text="Children are welcome.")
    languages = models.JSONField(default=list, help_text="Spoken there, BCP 47 tags.")
    active = models.BooleanField(default=True)
    uid = models.CharField(max_length=200, blank=True, help_text="Of an imported calendar entry.")
    off_by_calendar = models.BooleanField(default=False, db_default=False, help_text="A later one may bring it back.")
    free = models.BooleanField(default=True)
    fictional = models.BooleanField(default=False)


class LocalFact(models.Model):
    """A number or rule that this municipality filled in; it wins over content/facts.yml."""

    key = models.CharField(max_length=40, unique=True)
    value = models.CharField(max_length=200)
    source = models.CharField(max_length=200)
    checked_by = models.CharField(max_length=80)
    checked_on = models.DateField()
    valid_until = models.DateField()
    fictional = models.BooleanField(default=False)
