"""How others did it: offered beside an answer, told when asked, never pushed, and passed on without a trace."""

import pytest

from bot.conversations import offers, turns
from bot.conversations.models import Conversation, Message
from bot.conversations.outbox import from_key
from bot.language.tags import ON_OFFER
from bot.language.wording import lint_text
from bot.neighbourhood import stories
from bot.neighbourhood.community import Story
from bot.neighbourhood.demo import load_demo
from tests.integration.handover_helpers import keys, make_conversation, says

pytestmark = pytest.mark.django_db
LETTER = "utter_letter_government"


def story(language="nl", topic="letters", **more) -> Story:
    usual = {"title": "De stapel", "text": "We lazen hem samen.", "agreed": True}
    return Story.objects.create(language=language, topic=topic, **{**usual, **more})


def offered(conversation, key=LETTER) -> list[str]:
    """The titles under an answer, with what is offered beside it."""
    [reply] = offers.beside(conversation, [from_key(conversation, key)])
    return [title for title, _ in reply.buttons]


def press(conversation, title):
    """Tap that button of the last message that has it; returns what was said then."""
    buttons = [b for m in conversation.messages.order_by("-position") for b in m.buttons]
    pressed = says(conversation, title, kind="tap")
    Message.objects.filter(pk=pressed.pk).update(payload=next(b["payload"] for b in buttons if b["title"] == title))
    turns.drain(conversation.pk)
    return list(conversation.messages.filter(position__gt=pressed.position))


def asked(conversation):
    says(conversation, "Hoe deden anderen dat?")
    turns.drain(conversation.pk)
    return conversation.messages.last()


def test_a_story_is_offered_above_the_way_out_where_it_fits():
    """Beside its topic's answer, in the resident's language, and never as a fifth button."""
    conversation = make_conversation()
    before = offered(conversation)
    story()
    assert offered(conversation) == [*before[:-1], "Hoe deden anderen?", before[-1]]
    assert "Hoe deden anderen?" not in offered(conversation, "utter_celebration_funeral")
    assert "Hoe deden anderen?" not in offered(conversation, "utter_crisis_suicidal")
    assert "Hoe deden anderen?" not in offered(conversation, "utter_letter_not_understood")
    assert len(offered(make_conversation(language="tr"))) == len(before)


@pytest.mark.parametrize("missing", ["agreed", "active"])
def test_without_a_yes_or_set_aside_it_is_not_told(missing):
    """Neither offered nor told to who asks."""
    conversation = make_conversation()
    story(**{missing: False})
    assert "Hoe deden anderen?" not in offered(conversation)
    assert asked(conversation).key == "story.none"


def test_it_is_told_once_and_another_one_after_it():
    """The topic's own first; when there are no more, that is said, with a person on offer."""
    conversation = make_conversation()
    story(topic="work", title="Ander werk")
    story()
    conversation_buttons = offers.beside(conversation, [from_key(conversation, LETTER)])[0].buttons
    payload = dict(conversation_buttons)["Hoe deden anderen?"]
    tap = says(conversation, "Hoe deden anderen?", kind="tap")
    Message.objects.filter(pk=tap.pk).update(payload=payload)
    turns.drain(conversation.pk)
    assert "De stapel" in conversation.messages.last().text
    assert "Ander werk" in press(conversation, "Nog een verhaal")[0].text
    [none] = press(conversation, "Nog een verhaal")
    assert (none.key, none.buttons[0]["title"]) == ("story.none", "Praten met iemand")


def test_what_is_passed_on_holds_the_story_and_nothing_else():
    """A message of its own, without a button, a link or a name of ours."""
    conversation = make_conversation()
    told = story()
    asked(conversation)
    said = press(conversation, "Doorsturen")
    assert [m.key for m in said] == ["story.share", "story.text"]
    assert (said[1].text, said[1].buttons) == (f"{told.title}\n{told.text}", [])


def test_while_a_person_holds_the_chat_no_story_is_told():
    """An old button is no reason to talk in between."""
    conversation = make_conversation(language="nl")
    story()
    asked(conversation)
    Conversation.objects.filter(pk=conversation.pk).update(held_by="Mark")
    conversation.refresh_from_db()
    assert press(conversation, "Nog een verhaal") == []


def test_the_demo_has_a_story_in_every_way_of_writing(settings):
    """Marked as an example by its title, and free of words we do not use."""
    settings.DEMO, settings.DEMO_PASSWORD = True, "x"
    load_demo()
    found = list(Story.objects.filter(fictional=True, agreed=True, active=True))
    assert {s.language for s in found} == set(ON_OFFER)
    assert not [hit for s in found for hit in lint_text(f"{s.title}\n{s.text}", s.language) if hit.level == "error"]
    for tag in ON_OFFER:
        conversation = make_conversation(language=tag)
        assert stories.offer(conversation, LETTER)
        says(conversation, from_key(conversation, "story.words").text.split("/")[0])
        turns.drain(conversation.pk)
        assert keys(conversation) == ["story.told"]
