"""Why a message did not arrive: the codes of ``SendFailed`` in plain Dutch, for the desk."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as lazy

__all__ = ["OVERTAKEN", "REASONS", "words"]

OVERTAKEN = "overtaken"

REASONS = {
    "bad_request": lazy("De aanbieder weigert dit bericht. Dat is een fout van ons: meld het aan de beheerder."),
    "blocked": lazy("De bewoner heeft ons geblokkeerd of het account bestaat niet meer."),
    "channel_down": lazy("Dit kanaal staat stil. De beheerder moet iets herstellen; daarna gaat het bericht alsnog weg."),
    "channel_off": lazy("Dit kanaal staat hier uit."),
    "empty": lazy("Er stond geen tekst in het bericht."),
    "group": lazy("Dit is een groep. Wij schrijven alleen aan één persoon."),
    "moved": lazy("Het telefoonnummer is van iemand anders geworden. Wij schrijven er niet meer naartoe."),
    "no_answer": lazy("De aanbieder zei niet of het bericht is aangekomen. Het is nog één keer verstuurd."),
    "bad_answer": lazy("De aanbieder zei niet of het bericht is aangekomen. Het is nog één keer verstuurd."),
    "no_chat": lazy("De aanbieder kent dit gesprek niet."),
    "not_now": lazy("WhatsApp houdt berichten aan deze bewoner nu tegen."),
    "opted_out": lazy("De bewoner wil geen berichten van ons op WhatsApp."),
    OVERTAKEN: lazy("Het bericht klopte niet meer. De bewoner hoorde in plaats daarvan hoe het nu staat."),
    "server_error": lazy("De aanbieder had een storing die te lang duurde."),
    "template": lazy("Het vaste WhatsApp-bericht is niet goedgekeurd of staat uit. Meld het aan de beheerder."),
    "too_many": lazy("De aanbieder vond dat wij te veel stuurden, ook na lang wachten."),
    "too_old": lazy("Het bericht bleef zo lang liggen dat het niet meer klopte. Het is niet verstuurd."),
    "undeliverable": lazy(
        "WhatsApp kan dit nummer niet bereiken: geen WhatsApp, een oude versie of de voorwaarden niet aanvaard."
    ),
    "unknown_reason": lazy("De aanbieder zei niet waarom."),
    "unreachable": lazy("De aanbieder was te lang niet bereikbaar."),
    "voice_gone": lazy("De opname is weggehaald voordat zij verstuurd was."),
    "window": lazy("Wacht op de bewoner: WhatsApp laat pas weer berichten door als de bewoner schrijft."),
}


def words(code: str) -> str:
    """The sentence for a code; one we do not know is named as it is."""
    return str(REASONS.get(code, code))
