"""What the handover's tests share: a team, two helpers, a resident who asked for a person."""

import datetime as dt
import itertools

import pytest
from django.utils import timezone

from bot.conversations.models import Conversation, Drawer, Message, Resident
from bot.conversations.outbox import next_position
from bot.handover import consent, preview, wishes
from bot.handover.models import Handover
from bot.neighbourhood.models import Helper, Team, User
from bot.neighbourhood.teams import readers

ADDRESS = "31612349876"
_numbers = itertools.count(1)
# Also in the day's last minute.
ALWAYS = {str(day): ["00:00", "23:59:59.999999"] for day in range(1, 8)}


def make_team(name="Buurtteam De Linde", areas=("3061",), hours=None) -> Team:
    return Team.objects.create(name=name, areas=list(areas), hours=ALWAYS if hours is None else hours)


def make_helper(team: Team, name="Mark", **more) -> Helper:
    email = f"{name.lower()}{next(_numbers)}@demo.invalid"
    user = User.objects.create(email=email, username=email, first_name=name)
    return Helper.objects.create(user=user, team=team, first_name=name, **more)


def make_conversation(language="nl", channel="whatsapp", **resident) -> Conversation:
    return Conversation.objects.create(
        resident=Resident.objects.create(**resident), channel=channel, language=language, address=ADDRESS,
        address_hash=f"hash{next(_numbers)}",
    )  # fmt: skip


def says(conversation: Conversation, text: str, kind="text") -> Message:
    from django.db import transaction

    with transaction.atomic():
        return Message.objects.create(
            conversation=conversation, position=next_position(conversation), author="resident", kind=kind, text=text,
            channel=conversation.channel, language=conversation.language, to_helper=bool(conversation.held_by),
        )  # fmt: skip


def staff_teams() -> None:
    """Somebody in every team, since nothing is brought to a team in which nobody would see it."""
    for empty in Team.objects.exclude(pk__in=readers().values("team")):
        make_helper(empty, "Joke", coordinator=True)


def draft_for(conversation: Conversation, text="geef me gewoon een mens", urgent=False, **said):
    staff_teams()
    draft = consent.start(conversation, says(conversation, text), urgent)
    wishes.merge(draft, {"helper_choice": "any", "area": "none", **said})
    return draft


def shown(draft):
    """Show the preview; returns its lines."""
    found = preview.lines(draft, draft.conversation, draft.conversation.language)
    consent.record_preview(draft, found)
    return found


def stored(conversation: Conversation, **said) -> Handover:
    """A handover the resident said yes to."""
    shown(draft_for(conversation, **said))
    return consent.store(conversation, says(conversation, "Ja, geef door", kind="tap"))


def drawer(conversation: Conversation, value="+31687654321") -> None:
    expires = timezone.now() + dt.timedelta(hours=24)
    Drawer.objects.create(conversation=conversation, kind="phone", value=value, expires_at=expires)


def keys(conversation: Conversation) -> list[str]:
    """The catalogue keys the bot has said."""
    return [m.key for m in Message.objects.filter(conversation=conversation, author="bot")]


def button(conversation: Conversation, has: str) -> str:
    """The payload of the button that holds this, under the last thing said."""
    said = conversation.messages.exclude(author="resident").last()
    return next(b["payload"] for b in said.buttons if has in b["payload"])


@pytest.fixture
def team(db):
    return make_team()


@pytest.fixture
def mark(team):
    return make_helper(team)


@pytest.fixture
def conversation(team):
    return make_conversation()
