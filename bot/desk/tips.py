"""Tips beside a handover, from research on talking about money across languages: chosen by what the resident wished or
said, never by language, name or a guessed origin.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as lazy

from bot.handover.models import Handover

__all__ = ["Tip", "tips"]


@dataclass(frozen=True)
class Tip:
    """A question or reminder; ``source`` is where it comes from."""

    title: Promise
    text: Promise
    source: str


_ALWAYS = (
    Tip(
        lazy("Vraag de persoon, niet de cultuur"),
        lazy("Wat denk ik al te weten over deze persoon, en klopt dat? Vraag: hoe gaat dat bij jou thuis?"),
        "KIS, Verwey-Jonker",
    ),
    Tip(
        lazy("De vraag achter de vraag"),
        lazy("Het eerste verhaal is vaak niet het hele verhaal. Begin klein, help daarmee, en vraag later rustig verder."),
        "Movisie",
    ),
)
_BY_WISH = {
    "interpreter": Tip(
        lazy("Met een tolk"),
        lazy(
            "Een tolk is een recht, geen gunst. Plan dubbele tijd. Laat nooit een kind vertalen. "
            "Praat met de bewoner, niet met de tolk."
        ),
        "KIS",
    ),
    "companion": Tip(
        lazy("Er komt iemand mee"),
        lazy("Fijn, en vraag ook een moment alleen met de bewoner. Wie meekomt, hoeft niet alles te weten."),
        "Movisie",
    ),
    "helper_gender": Tip(
        lazy("Vrouw of man"),
        lazy("De bewoner koos dit zelf. Vraag niet waarom. Lukt het niet? Zeg dat eerlijk en vraag wat dan goed is."),
        "KIS",
    ),
    "helper_kind": Tip(
        lazy("Sleutelpersoon en team zijn gelijk"),
        lazy("Spreek af wie wat doet en wie belt. De sleutelpersoon hoort ook hoe het afloopt, als de bewoner dat wil."),
        "SMN, KIS",
    ),
    "helper_language": Tip(
        lazy("In de eigen taal"),
        lazy("Over geld en zorgen praat je het best in je eerste taal, ook als iemand goed Nederlands spreekt."),
        "KIS",
    ),
    "home": Tip(
        lazy("Op bezoek thuis"),
        lazy("Vraag wie er thuis is en of dat fijn is. Neem de tijd voor thee; het gesprek begint daar."),
        "Movisie",
    ),
}
_BY_TOPIC = {
    ("family_loan", "celebration_costs", "remittance_to_family"): Tip(
        lazy("Lenen van familie en geven aan familie"),
        lazy("Dat is vaak een teken van vertrouwen en van zorgen voor elkaar. Vraag wat er is afgesproken, zonder te oordelen."),
        "Verwey-Jonker",
    ),
    ("mistrust_authorities", "fear_children_taken", "fear_residence_status"): Tip(
        lazy("Weinig vertrouwen"),
        lazy("Zeg eerlijk wie je bent, wie meeleest en wat je niet doet. Beloof alleen wat je zelf kunt houden."),
        "KIS",
    ),
}


def tips(handover: Handover, said: set[str]) -> list[Tip]:
    """For this handover: first what fits the wishes and the topics of ``said`` (intents), then what always holds."""
    wished = [tip for wish, tip in _BY_WISH.items() if wish in handover.wishes or handover.wishes.get("contact_how") == wish]
    topics = [tip for intents, tip in _BY_TOPIC.items() if said & set(intents)]
    return [*wished, *topics, *_ALWAYS]
