"""The road to a person. Effects are idempotent on the message; what is promised afterwards the transition says itself."""

from __future__ import annotations

from typing import Any

from rasa_sdk.events import EventType

from .base import Say, Turn, TurnAction

Events = list[EventType]


def _post(message: Any, replies: list[Any]) -> None:
    from bot.conversations.outbox import post

    post(message.conversation, replies, message)


def _ask_or_preview(turn: Turn, draft: Any, message: Any) -> list[Say]:
    from bot.handover import consent, preview, wishes

    question = wishes.next_question(draft, message.conversation)
    if question:
        return [Say(question)]
    lines = preview.lines(draft, message.conversation, turn.language)
    consent.record_preview(draft, lines)
    return [Say("handover.preview", {"lines": preview.as_text(lines, turn.language)})]


class ActionHandoverStart(TurnAction):
    """ "I want a person": a draft, then one small question or, with haste, the preview at once."""

    def name(self) -> str:
        return "action_handover_start"

    def act(self, turn: Turn) -> tuple[list[Say], Events]:
        from bot.handover import consent, wishes

        message = turn.message()
        if replies := consent.already_open(message.conversation):
            _post(message, replies)
            return [], []
        draft = consent.start(message.conversation, message, urgent=turn.entities.get("urgency") == "high")
        wishes.merge(draft, turn.entities)
        return _ask_or_preview(turn, draft, message), []


class ActionHandoverWish(TurnAction):
    """A wish about the helper or the contact: kept in the draft; the next question, or the preview."""

    def name(self) -> str:
        return "action_handover_wish"

    def act(self, turn: Turn) -> tuple[list[Say], Events]:
        from bot.handover import consent, wishes

        message = turn.message()
        if replies := consent.already_open(message.conversation):
            _post(message, replies)
            return [], []
        draft = consent.start(message.conversation, message)
        wishes.merge(draft, turn.entities)
        return _ask_or_preview(turn, draft, message), []


class ActionAnswer(TurnAction):
    """Yes or no. Only an explicit yes to a preview passes anything on; anything ambiguous is a no."""

    def name(self) -> str:
        return "action_answer"

    def act(self, turn: Turn) -> tuple[list[Say], Events]:
        from bot.handover import consent

        consented = turn.entities.get("consent")
        if consented == "yes":
            return self._store(turn), []
        if consented == "no":
            consent.decline(turn.message().conversation)
            return [Say("handover.declined")], []
        if turn.consent_asked:
            consent.ask_again(turn.message().conversation)
            return [Say("handover.unclear_consent")], []
        return [Say(f"utter_{turn.intent}")], []

    def _store(self, turn: Turn) -> list[Say]:
        from bot.handover import consent

        message = turn.message()
        if consent.store(message.conversation, message):
            return []  # the transition has said what happens now
        draft = consent.current(message.conversation)
        return _ask_or_preview(turn, draft, message) if draft else [Say("handover.no_draft")]


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
        from bot.handover import consent, preview

        draft = consent.current(message.conversation)
        if draft is None:
            return [Say("handover.no_draft")]
        if "line" not in turn.entities:
            return [Say("handover.ask_line", buttons=preview.line_buttons(draft, message.conversation, turn.language))]
        consent.remove_line(draft, turn.entities["line"])
        return [Say("handover.line_removed"), *_ask_or_preview(turn, draft, message)]
