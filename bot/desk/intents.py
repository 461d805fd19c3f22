"""What the computer understood, in a worker's words: the situation, never a label for the person."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as lazy

__all__ = ["intent_words"]

_WORDS = {
    "letter_not_understood": lazy("een brief begrijpen"),
    "fine_or_bailiff_letter": lazy("een brief met een boete of van een deurwaarder"),
    "groceries_tight": lazy("boodschappen"),
    "child_costs": lazy("kosten voor de kinderen"),
    "energy_bill": lazy("de rekening voor gas en stroom"),
    "rent_worry": lazy("de huur"),
    "health_costs": lazy("kosten voor zorg"),
    "later_pay_purchases": lazy("achteraf betalen"),
    "lost_job_or_hours": lazy("minder werk of uren"),
    "benefits_question": lazy("toeslag of uitkering"),
    "family_loan": lazy("geleend van familie of bekenden"),
    "celebration_costs": lazy("kosten van een feest"),
    "remittance_to_family": lazy("geld naar familie ver weg"),
    "gambling_worry": lazy("gokken"),
    "neighbourhood_activity": lazy("iets doen in de buurt"),
    "practical_help": lazy("praktische hulp"),
    "ask_who_helps": lazy("wie er helpt"),
    "ask_privacy": lazy("wie er meeleest"),
    "mistrust_authorities": lazy("weinig vertrouwen in instanties"),
    "fear_children_taken": lazy("zorg over de kinderen en instanties"),
    "fear_residence_status": lazy("zorg over verblijf"),
    "ask_cost_of_help": lazy("wat hulp kost"),
    "ask_are_you_municipality": lazy("of dit de gemeente is"),
    "want_human": lazy("wil een mens spreken"),
    "crisis_suicidal": lazy("gevaar: wil niet verder leven"),
    "crisis_violence": lazy("gevaar: geweld"),
    "crisis_eviction_soon": lazy("snel het huis uit"),
    "crisis_no_food_today": lazy("vandaag geen eten"),
    "crisis_energy_cutoff": lazy("gas of stroom gaat eraf"),
}


def intent_words(intent: str) -> str:
    """Empty for what says nothing to a worker: greetings, yes and no, choices."""
    return str(_WORDS.get(intent, ""))
