"""How others did it: short experiences, told when somebody asks, and a text to pass on that says nothing about who does."""

from __future__ import annotations

from bot.conversations.models import Conversation, Message
from bot.conversations.outbox import Reply, from_key
from bot.conversations.payloads import parse_payload
from bot.language.catalogue import is_way_to_say

from .community import Story

__all__ = ["answer", "offer", "wished"]

_TOLD, _SHARED = "story.told", "story.share"
Topic = Story.Topic
# The answers of a topic begin so; most first answers have no room for a fourth button, those behind them do.
_TOPICS = {
    Topic.LETTERS: ("utter_letter", "letter.", "utter_fine_or_bailiff_letter"),
    Topic.HOME: ("utter_energy", "utter_rent", "utter_groceries", "utter_child_costs", "utter_health", "utter_later_pay"),
    Topic.WORK: ("utter_lost_job_or_hours", "utter_benefits"),
    Topic.FAMILY: ("utter_family_loan", "utter_celebration", "utter_remittance"),
    Topic.ASKING: ("utter_shame", "utter_ask_who_helps", "utter_mistrust", "utter_fear"),
}


def _untold(conversation: Conversation) -> list[Story]:
    """In the resident's language, told with a yes, in use, and not yet told in this conversation."""
    told = {_story_of(buttons) for buttons in conversation.messages.filter(key=_TOLD).values_list("buttons", flat=True)}
    found = Story.objects.filter(language=conversation.language, agreed=True, active=True).order_by("pk")
    return [story for story in found if story.pk not in told]


def _story_of(buttons: list[dict]) -> int | None:
    return next((number for b in buttons if (number := parse_payload(b["payload"])[1].get("number"))), None)


def offer(conversation: Conversation, key: str) -> tuple[str, str] | None:
    """A button beside the answer ``key`` of a topic, where there is a story about it."""
    topic = next((topic for topic, beginnings in _TOPICS.items() if key.startswith(beginnings)), None)
    fits = topic and any(story.topic in ("", topic) for story in _untold(conversation))
    return (from_key(conversation, "story.offer").text, f'/help{{"story":"{topic.value}"}}') if fits else None


def answer(conversation: Conversation, message: Message) -> list[Reply]:
    """A tap on "how did others do it?", "another one" or "pass it on"; silence while a person holds the chat."""
    if conversation.held_by:
        return []
    values = parse_payload(message.payload)[1]
    return _shared(conversation, values) if values["story"] == "share" else _told_now(conversation, values["story"])


def wished(conversation: Conversation, message: Message) -> list[Reply] | None:
    """The question typed, in any language; None for anything else."""
    asked = message.kind == Message.Kind.TEXT and is_way_to_say(message.text, "story.words")
    return _told_now(conversation, "") if asked else None


def _told_now(conversation: Conversation, topic: str) -> list[Reply]:
    """The next story, one about the topic first."""
    found = sorted(_untold(conversation), key=lambda story: story.topic != topic)
    if not found:
        return [from_key(conversation, "story.none")]
    told = from_key(conversation, _TOLD, title=found[0].title, story=found[0].text)
    return [told.about(number=found[0].pk)]


def _shared(conversation: Conversation, values: dict) -> list[Reply]:
    """The story alone, as a message of its own: no name, no link, nothing of this conversation."""
    story = Story.objects.filter(pk=values.get("number"), agreed=True, active=True).first()
    if story is None:
        return [from_key(conversation, "story.none")]
    return [from_key(conversation, _SHARED), Reply(f"{story.title}\n{story.text}", (), "story.text", story.language)]
