"""The desk's own words for codes: outcomes, states, deliveries, events, errors."""

from __future__ import annotations

import datetime as dt
from functools import cache

from babel import UnknownLocaleError
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from bot.handover import exceptions
from bot.handover.states import Kind
from bot.language.tags import babel_locale, direction, own_name
from bot.neighbourhood.when import day_words

__all__ = [
    "DELIVERY", "EVENTS", "OUTCOMES", "WAYS", "WISHES", "LanguageName", "error_words", "language_name", "moment", "outcome_words",
    "waited",
]  # fmt: skip

OUTCOMES = (
    ("contact", lazy("contact gelukt")),
    ("helped", lazy("verder geholpen")),
    ("referred", lazy("doorverwezen")),
    ("not_reached", lazy("niet bereikt")),
    ("other", lazy("anders")),
)
# What the list can be filtered by: values, or slots that hold "wanted", of a handover's wishes.
WISHES = (
    ("woman", lazy("een vrouw")),
    ("man", lazy("een man")),
    ("own", lazy("eigen taal")),
    ("key_person", lazy("iemand uit de buurt")),
    ("worker", lazy("iemand van het team")),
    ("interpreter", lazy("een tolk")),
    ("companion", lazy("er komt iemand mee")),
    ("phone", lazy("bellen")),
    ("walk_in", lazy("komt langs")),
    ("home", lazy("thuis")),
    ("chat", lazy("in de app")),
)
DELIVERY = {
    "pending": lazy("onderweg"),
    "sending": lazy("onderweg"),
    "sent": lazy("verstuurd"),
    "delivered": lazy("aangekomen op de telefoon"),
    "read": lazy("gelezen"),
    "failed": lazy("niet aangekomen"),
    "parked": lazy("wacht tot de bewoner zelf schrijft: nog niet verstuurd"),
    "stored": lazy("staat klaar in de chat"),
    "seen": lazy("gezien"),
}
EVENTS = {
    Kind.STORED: lazy("De bewoner vroeg om een mens"),
    Kind.ACCEPTED: lazy("aangenomen"),
    Kind.CONTACTED: lazy("eerste bericht geschreven"),
    Kind.READ: lazy("gelezen"),
    Kind.NOTE: lazy("notitie"),
    Kind.URGENT: lazy("Nu met spoed: de computer zag een teken van gevaar"),
    Kind.HANDED_BACK: lazy("teruggegeven aan het team"),
    Kind.CLOSED: lazy("afgesloten"),
    Kind.REOPENED: lazy("heropend"),
    Kind.WITHDRAWN: lazy("De bewoner heeft het verzoek ingetrokken"),
    Kind.OTHER_HELPER: lazy("De bewoner vroeg om iemand anders"),
    Kind.LATE: lazy("te laat: de bewoner hoorde wat nu kan"),
    Kind.FOLLOW_UP: lazy("de bewoner is gevraagd of jullie elkaar spraken"),
    Kind.CONFIRMED: lazy("de bewoner zegt: wij spraken elkaar"),
    Kind.NOT_HAPPENED: lazy("de bewoner zegt: wij spraken elkaar niet"),
    Kind.HANDED_ON: lazy("overgedragen"),
    Kind.MAY_KNOW: lazy("kent deze persoon misschien: terug naar het team"),
    Kind.ATTEMPT: lazy("poging om te bereiken"),
    Kind.ASKED_SECOND: lazy("vroeg de bewoner of een tweede persoon mag meedoen"),
    Kind.JOINED: lazy("doet mee, na het ja van de bewoner"),
    Kind.ADDED: lazy("De bewoner gaf nog iets door"),
    Kind.COPIED: lazy("samenvatting geopend om af te drukken of over te nemen"),
}
_ERRORS = {
    exceptions.Stale: lazy("Een collega was net iets eerder. Hieronder zie je hoe het nu staat."),
    exceptions.NotHolder: lazy("Deze overdracht staat niet (meer) op jouw naam. Er is niets veranderd of verstuurd."),
    exceptions.NotForYou: lazy("De bewoner koos voor andere lezers. Ga terug naar de lijst."),
    exceptions.Closed: lazy("Deze overdracht is al afgelopen. Er is niets veranderd of verstuurd."),
    exceptions.EmptyText: lazy("Er staat nog geen tekst. Schrijf iets en verstuur opnieuw."),
}
_ERRORS |= {
    exceptions.CannotTell: lazy(
        "De bewoner kan dit nu niet lezen, of er leest misschien iemand mee. Niet gedaan: vraag het zelf, als het veilig is."
    ),
    exceptions.NotAgreed: lazy("De bewoner heeft nog geen ja gezegd. Wacht op het antwoord."),
}
WAYS = (
    ("phone", lazy("gebeld")),
    ("visit", lazy("langsgegaan")),
    ("walk_in", lazy("aan de balie of in de buurt")),
    ("other", lazy("anders")),
)
_SOME_ERROR = lazy("Dat lukte niet. Er is niets veranderd. Laad de pagina opnieuw.")


class LanguageName:
    """A language as its speakers and as Dutch call it; empty when the resident did not share it."""

    def __init__(self, tag: str) -> None:
        try:
            self.own, dutch = own_name(tag), babel_locale("nl").languages.get(tag, "")
        except (ValueError, UnknownLocaleError):  # "und": the line was taken out of the ticket
            self.own = dutch = ""
        self.tag, self.dir = tag, direction(tag)
        self.dutch = dutch if dutch.casefold() != self.own.casefold() else ""
        self.shared = bool(self.own)

    @property
    def in_dutch(self) -> str:
        return self.dutch or self.own


@cache
def language_name(tag: str) -> LanguageName:
    """The same, made once: every message asks for it."""
    return LanguageName(tag)


def error_words(error: exceptions.HandoverError) -> str:
    """What went wrong, and that nothing is lost."""
    return str(_ERRORS.get(type(error), _SOME_ERROR))


def outcome_words(code: str) -> str:
    return str(dict(OUTCOMES).get(code, code))


def moment(at: dt.datetime, now: dt.datetime) -> str:
    """Day and time, as in ``vandaag 14:05``."""
    return f"{day_words(at, now, 'nl')} {timezone.localtime(at):%H:%M}"


def waited(since: dt.datetime, now: dt.datetime) -> str:
    """How long somebody waits, in its largest unit."""
    return _("net binnen") if now - since < dt.timedelta(minutes=1) else timesince(since, now, depth=1)
