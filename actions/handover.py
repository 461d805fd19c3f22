"""The road to a person. Effects are idempotent on the message; what is promised afterwards the transition says itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from rasa_sdk.events import EventType

from .base import Say, Turn, TurnAction
from .variants import variant

Events = list[EventType]


def _post(message: Any, replies: Sequence[Any]) -> None:
    """Said directly, once: a turn that is repeated after a crash must not say it twice."""
    from bot.conversations.models import Message
    from bot.conversations.outbox import post

    if replies and not Message.objects.filter(reply_to=message).exclude(key="turn.slow").exists():
        post(message.conversation, replies, message)


def _ask_again(message: Any) -> None:
    from bot.conversations.answers import last_said
    from bot.conversations.outbox import Reply

    said = last_said(message)
    _post(message, [Reply(said.text, tuple((b["title"], b["payload"]) for b in said.buttons), said.key, said.language)])


def _ask_or_preview(draft: Any, message: Any, begins: bool = False) -> list[Say]:
    """The next small question, or the literal ticket; before the first one who reads this and who does not."""
    from bot.conversations.outbox import from_key
    from bot.handover import consent, matching, preview, wishes

    conversation, question = message.conversation, wishes.next_question(draft, message.conversation)
    trust, first = ([Say("utter_trust")], [from_key(conversation, "utter_trust")]) if begins else ([], [])
    if question == "utter_ask_helper":
        found = matching.fitting(draft, conversation)
        if found:
            _post(message, [*first, matching.proposal(found, conversation)])
            return []
        wishes.merge(draft, {"helper": "any"})
        first = [*first, from_key(conversation, "handover.nobody_fits", team=preview.reader_team(draft, conversation).name)]
        question = wishes.next_question(draft, conversation)
    if question:
        return [*trust, Say(question)]
    consent.record_preview(draft, preview.lines(draft, conversation, conversation.language))
    _post(message, [*first, preview.preview(draft, conversation)])
    return []


def _already_open(message: Any, urgent: bool) -> bool:
    """With a live handover nothing new begins: it becomes urgent where that is wished, and the resident hears how it stands."""
    from bot.handover import notices, residents_rights
    from bot.handover.states import live_handover

    live = live_handover(message.conversation.resident_id)
    if live and urgent:
        residents_rights.mark_urgent(message.conversation, message, "asked")
        live.refresh_from_db()
    if live:
        _post(message, [notices.already(live, message.conversation)])
    return bool(live)


def _go_on(turn: Turn, urgent: bool = False) -> list[Say]:
    from bot.conversations.answers import asked_for
    from bot.handover import consent, wishes

    message = turn.message()
    if _already_open(message, urgent):
        return []
    # The ticket leaves out what one of its lines says already: that is known now, not only when the turn ends.
    message.intent = turn.intent
    message.save(update_fields=["intent"])
    begins = consent.draft_of(message.conversation) is None
    draft = consent.start(message.conversation, message, urgent=urgent)
    wishes.merge(draft, turn.entities)
    wishes.settle(draft, asked_for(message), turn.entities)
    return _ask_or_preview(draft, message, begins=begins and not draft.urgent)


def ask_consent_again(turn: Turn) -> list[Say]:
    """Neither yes nor no to the preview: nothing was passed on, and the question stands again."""
    from bot.conversations.questions import CONSENT

    conversation = turn.message().conversation
    conversation.pending = CONSENT
    conversation.save(update_fields=["pending"])
    return [Say("handover.unclear_consent")]


class ActionHandoverStart(TurnAction):
    """ "I want a person": a draft, then one small question or, with haste, the preview at once."""

    def name(self) -> str:
        return "action_handover_start"

    def act(self, turn: Turn) -> tuple[list[Say], Events]:
        return _go_on(turn, urgent=turn.entities.get("urgency") == "high"), []


class ActionHandoverWish(TurnAction):
    """A wish about the helper or the contact: kept in the draft; the next question, or the preview."""

    def name(self) -> str:
        return "action_handover_wish"

    def act(self, turn: Turn) -> tuple[list[Say], Events]:
        from bot.conversations.answers import last_said

        said = last_said(turn.message())
        if said and said.key.startswith(("utter_crisis_", "safety.")):  # "tomorrow" is when the power goes, not when to call
            turn = replace(turn, entities={slot: value for slot, value in turn.entities.items() if slot != "contact_when"})
        return _go_on(turn), []


class ActionAnswer(TurnAction):
    """Yes or no. Only an explicit yes to a preview passes anything on; anything ambiguous is a no."""

    def name(self) -> str:
        return "action_answer"

    def act(self, turn: Turn) -> tuple[list[Say], Events]:

        consented = turn.entities.get("consent")
        if consented == "yes":
            return self._store(turn), []
        if consented == "no":
            return self._declined(turn), []
        if turn.consent_asked:
            return ask_consent_again(turn), []
        return self._to_the_question(turn), []

    def _declined(self, turn: Turn) -> list[Say]:
        """A no. Where the same preview's yes has been said already, the no takes it back."""
        from bot.handover import consent
        from bot.handover.states import live_handover

        message = turn.message()
        if not consent.decline(message.conversation) and live_handover(message.conversation.resident_id):
            _post(message, consent.withdraw(message.conversation, message))
            return []
        return [Say("handover.declined")]

    def _to_the_question(self, turn: Turn) -> list[Say]:
        """A longer "yes, please do" to a plain question is worth as much as its button; to a wish's, it ends the questions."""
        from bot.conversations import crisis
        from bot.conversations.answers import asked_for, last_said, meant
        from bot.conversations.payloads import parse_payload
        from bot.handover import consent, wishes

        message = turn.message()
        payload = meant(last_said(message), turn.intent == "affirm")
        if payload is None and crisis.is_help_for_life(last_said(message)):  # "ok" to numbers: no cheerful menu, a person
            return [Say("utter_check_no")]
        draft = consent.draft_of(message.conversation)
        if draft and not payload and turn.intent == "affirm" and asked_for(message) in wishes.ASKED:
            wishes.merge(draft, {"helper_choice": "any"})
            return _ask_or_preview(draft, message)
        name, entities = parse_payload(payload or f"/{turn.intent}")
        if name in ("want_human", "set_helper_preference", "set_contact_preference"):
            return _go_on(replace(turn, entities=entities), urgent=entities.get("urgency") == "high")
        if "also" in entities or "contact" in entities:  # only a plain yes or its button counts: the question stands again
            _ask_again(turn.message())
            return []
        return variant(name, entities)

    def _store(self, turn: Turn) -> list[Say]:
        from bot.handover import consent

        message = turn.message()
        if consent.store(message.conversation, message):
            return []  # the transition has said what happens now
        draft = consent.draft_of(message.conversation)
        return _ask_or_preview(draft, message) if draft else [Say("handover.no_draft")]


class ActionRights(TurnAction):
    """A right that the classifier heard where no pattern did, and the switches of the preview."""

    def name(self) -> str:
        return "action_rights"

    def act(self, turn: Turn) -> tuple[list[Say], Events]:
        from bot.conversations import rights

        message = turn.message()
        if turn.entities.get("scope") == "line":
            return self._line(turn, message), []
        _post(message, rights.carry_out(turn.intent, message.conversation, message) or [])
        return [], []

    def _line(self, turn: Turn, message: Any) -> list[Say]:
        from bot.handover import consent

        draft = consent.draft_of(message.conversation)
        if draft is None:
            return [Say("handover.no_draft")]
        if "line" not in turn.entities:
            return [Say("handover.ask_line", buttons=_line_buttons(draft, message.conversation))]
        consent.remove_line(draft, turn.entities["line"])
        return _ask_or_preview(draft, message)


def _line_buttons(draft: Any, conversation: Any) -> tuple[tuple[str, str], ...]:
    """A button for each line that would be passed on, in the resident's language."""
    from bot.handover import preview

    found = preview.lines(draft, conversation, conversation.language)
    return tuple((line.label, f'/withdraw_consent{{"scope":"line","line":"{line.name}"}}') for line in found)
