"""A team with a queue of people who wait, one long conversation, and helpers whose browsers are signed in."""

from __future__ import annotations

import httpx

__all__ = ["Town", "browser", "cookie_of"]

_ALWAYS = {str(day): ["00:00", "23:59"] for day in range(1, 8)}
_CSRF = "a" * 32


class Town:
    """A team with helpers, 2,000 people who wait and one long conversation."""

    def __init__(self, waiting: int, messages: int) -> None:
        from bot.neighbourhood.models import Helper, Team, User

        self.team = Team.objects.create(name="Buurtteam Bench", areas=["3061"], hours=_ALWAYS)
        self._numbers = iter(range(1_000_000))
        self.helpers = []
        for n in range(50):
            user = User.objects.create(email=f"bench{n}@example.nl", username=f"bench{n}")
            name = f"Helper{n}"
            self.helpers.append(Helper.objects.create(user=user, team=self.team, first_name=name, languages=["nl", "tr"]))
        self.holder = self.helpers[0]
        self.long = self._conversation_of(messages)
        self._many(waiting)

    def conversation(self, channel: str = "webchat"):
        from bot.conversations.models import Conversation, Resident

        return Conversation.objects.create(
            resident=Resident.objects.create(), channel=channel, language="tr", address_hash=f"bench{next(self._numbers)}"
        )

    def handover(self, conversation=None, **more):
        from django.utils import timezone

        from bot.handover.models import Handover
        from bot.handover.states import Kind, record

        talk = conversation or self.conversation()
        found = Handover.objects.create(
            resident=talk.resident, conversation=talk, team=self.team, language="tr", due_at=timezone.now(),
            wishes={"helper_gender": "woman", "language": "tr", "area": "3061"},
            receipt=[["words", "Mijn woorden", "x" * 300]], **more,
        )  # fmt: skip
        record(found, Kind.STORED, None, str(talk.last_position))
        return found

    def _conversation_of(self, messages: int):
        """Taken on by the first helper, with consented words and ``messages`` since."""
        from bot.handover import service

        talk = self.conversation()
        first = _says(talk, "bir mektup aldım, anlamıyorum")
        found = self.handover(talk)
        found.messages.add(first)
        service.accept(found.pk, self.holder)
        for n in range(messages // 2):
            service.write(found.pk, self.holder, f"Antwoord {n}: neem de brief mee, dan lezen we die samen.")
            _says(talk, f"tamam {n}, " + "yarın gelirim " * 8, to_helper=True)
        return found

    def _many(self, count: int) -> None:
        from django.utils import timezone

        from bot.conversations.models import Conversation, Resident
        from bot.handover.models import Handover

        people = Resident.objects.bulk_create(Resident() for _ in range(count))
        talks = Conversation.objects.bulk_create(
            Conversation(resident=p, channel="webchat", address_hash=f"many{n}") for n, p in enumerate(people)
        )
        Handover.objects.bulk_create(
            Handover(resident=p, conversation=t, team=self.team, language=("tr", "ar", "pl")[n % 3], due_at=timezone.now(),
                     wishes={"helper_gender": "woman", "language": "tr"}, receipt=[["words", "Mijn woorden", "x" * 300]])
            for n, (p, t) in enumerate(zip(people, talks))
        )  # fmt: skip


def _says(talk, text: str, to_helper: bool = False):
    """A resident's message, stored without its turn."""
    from django.db import transaction

    from bot.conversations.models import Message
    from bot.conversations.outbox import next_position

    with transaction.atomic():
        return Message.objects.create(
            conversation=talk, position=next_position(talk), author="resident", text=text, language="tr", channel="webchat",
            intent="letter_not_understood", to_helper=to_helper,
        )  # fmt: skip


def cookie_of(helper) -> dict[str, str]:
    """A signed-in browser's cookies."""
    from importlib import import_module

    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(helper.user_id)
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = helper.user.get_session_auth_hash()
    session.create()
    return {settings.SESSION_COOKIE_NAME: session.session_key, settings.CSRF_COOKIE_NAME: _CSRF}


def browser(port: int, helper) -> httpx.Client:
    base = f"http://localhost:{port}"
    return httpx.Client(base_url=base, cookies=cookie_of(helper), headers={"X-CSRFToken": _CSRF, "Referer": base}, timeout=60)
