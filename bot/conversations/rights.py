"""Wiping, showing and withdrawing: carried out in every language, at any moment, without Rasa.

What lies above this room (a handover) hooks in by ``register``; imports stay one way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from babel.lists import format_list
from django.db import transaction

from bot.language.tags import babel_locale
from bot.privacy.wipe import wipe_resident

from .models import Conversation, Message, Resident
from .outbox import Reply, from_key, post

__all__ = [
    "LETTERS", "add", "answer_for", "ask_to_add", "carry_out", "draft_begun", "draft_waits", "on_code", "on_crisis",
    "pass_to_holder", "register", "set_farewell", "show", "status", "tell_crisis", "use_code", "while_held", "wipe",
    "wish_for_story",
]  # fmt: skip

# Of codes: no vowels, so that no word comes out, and no letters that look like others.
LETTERS = "BCDFGHJKMNPQRSTVWXZ"
Replies = list[Reply]
Hook = Callable[[Conversation, Message], Any]
_hooks: dict[str, Hook] = {}
_code_hooks: dict[str, Callable[[Conversation, Message, str], Any]] = {}
_more: dict[str, list[Hook]] = {}
_farewells: dict[str, Callable[[Conversation, Reply], None]] = {}
# So many of the resident's own messages are shown, the latest ones.
_SHOWN = 20
_crisis_hooks: list[Callable[[Conversation, Message, str], None]] = []


def register(name: str, hook: Hook) -> None:
    """Let a room above answer for one of: withdraw_consent, other_helper, status, held, draft_waits, draft_begun,
    show_my_data (it adds), also (something more for a request), contact (did it happen?), join (a second person),
    story, story_wish, ask_to_add, to_helper.
    """
    _hooks[name] = hook


def add(name: str, hook: Hook) -> None:
    """Let a further room say something of its own beside show_my_data or withdraw_consent; nothing where it has nothing."""
    _more.setdefault(name, []).append(hook)


def _told(name: str, conversation: Conversation, message: Message) -> Replies:
    return [reply for hook in _more.get(name, ()) for reply in hook(conversation, message)]


def on_crisis(hook: Callable[[Conversation, Message, str], None]) -> None:
    """Be told of a crisis in a message (the handover marks itself urgent)."""
    _crisis_hooks.append(hook)


def tell_crisis(conversation: Conversation, message: Message, kind: str) -> None:
    for hook in _crisis_hooks:
        hook(conversation, message, kind)


def ask_wipe(conversation: Conversation, message: Message) -> Replies:
    """One question before everything goes."""
    _pend(conversation, "wipe")
    return [from_key(conversation, "rights.wipe_confirm")]


def ask_show(conversation: Conversation, message: Message) -> Replies:
    """Counts first: "look whether you are alone"."""
    _pend(conversation, "show")
    counts = [_plain(conversation, "rights.count_messages", count=_kept_count(conversation))]
    handovers = sum(reply.key == "rights.show_handover" for reply in _passed_on(conversation, message))
    if handovers:
        counts.append(_plain(conversation, "rights.count_handovers", count=handovers))
    joined = format_list(counts, locale=babel_locale(conversation.language))
    return [from_key(conversation, "rights.show_first", counts=joined)]


def show(conversation: Conversation, message: Message) -> Replies:
    """One's own messages, what was passed on and read (unless the phone is read by others), and how long it stays.

    Of a joined chat only the count: the words of the one are not for whoever holds the other.
    """
    own = conversation.messages.filter(author=Message.Author.RESIDENT)
    head = from_key(conversation, "rights.show_messages", count=_kept_count(conversation))
    latest = reversed(own.order_by("-position")[:_SHOWN])
    listed = replace(head, text="\n".join([head.text, *(f"• {m.text}" for m in latest)]))
    passed_on = _passed_on(conversation, message)
    keys = ["rights.show_kept"]
    if any(reply.key == "rights.show_handover" for reply in passed_on):
        keys.append("rights.show_kept_handover")
    kept = " ".join(_plain(conversation, key) for key in keys)
    return [listed, *passed_on, replace(from_key(conversation, keys[0]), text=kept)]


def _kept_count(conversation: Conversation) -> int:
    """In every joined chat, as a wipe takes them; on a phone that others read a higher count would tell of another chat."""
    mine = (
        {"conversation": conversation.pk}
        if conversation.resident.discreet
        else {"conversation__resident": conversation.resident_id}
    )
    return Message.objects.filter(author=Message.Author.RESIDENT, **mine).count()


def _passed_on(conversation: Conversation, message: Message) -> Replies:
    if conversation.resident.discreet:
        return []
    first = _hooks["show_my_data"](conversation, message) if "show_my_data" in _hooks else []
    return [*first, *_told("show_my_data", conversation, message)]


def _plain(conversation: Conversation, key: str, **values: object) -> str:
    return from_key(conversation, key, **values).text


def withdraw(conversation: Conversation, message: Message) -> Replies:
    """Take back a request or a handover, and a yes that another room keeps."""
    replies, told = _hooks["withdraw_consent"](conversation, message), _told("withdraw_consent", conversation, message)
    nothing = all(reply.key == "handover.nothing_to_withdraw" for reply in replies)
    return told if told and nothing else [*replies, *told]


def other_helper(conversation: Conversation, message: Message) -> Replies:
    """Somebody else than the helper who took it."""
    return _hooks["other_helper"](conversation, message)


def status(conversation: Conversation, message: Message) -> Replies | None:
    """How a request stands, when ``message`` asks ("I have heard nothing yet") and there is or was one; else None."""
    return _hooks["status"](conversation, message) or None


def draft_waits(conversation: Conversation, message: Message) -> Replies:
    """Somebody greets after a pause: what they had begun is offered again."""
    return _hooks["draft_waits"](conversation, message) if "draft_waits" in _hooks else []


def draft_begun(conversation: Conversation, message: Message) -> Replies:
    """Another language in the middle of the questions: what was begun is offered in it."""
    return _hooks["draft_begun"](conversation, message) if "draft_begun" in _hooks else []


def while_held(conversation: Conversation, message: Message) -> Replies:
    """A helper holds the chat: the bot is silent, but for one line outside that helper's hours."""
    return _hooks["held"](conversation, message) if "held" in _hooks else []


def answer_for(values: Mapping[str, Any], conversation: Conversation, message: Message) -> Replies | None:
    """The answer to a button that a room above made ("also", "contact", "join", "story"), whoever holds the chat; else None."""
    name = next((name for name in ("also", "contact", "join", "story") if name in values), None)
    return _hooks[name](conversation, message) if name in _hooks else None


def wish_for_story(conversation: Conversation, message: Message) -> Replies | None:
    """ "How did others do it?", typed; None when the message asks something else."""
    return _hooks["story_wish"](conversation, message) if "story_wish" in _hooks else None


def ask_to_add(conversation: Conversation, message: Message) -> Replies | None:
    """What came after the yes goes along only by a yes of its own: the question; empty when a later message asks it.

    None where there is nothing to ask.
    """
    return _hooks["ask_to_add"](conversation, message) if "ask_to_add" in _hooks else None


def pass_to_holder(conversation: Conversation, message: Message) -> None:
    """A helper holds the chat: what comes with ``message`` reaches them as its words do."""
    if "to_helper" in _hooks:
        _hooks["to_helper"](conversation, message)


def use_code(conversation: Conversation, message: Message, code: str) -> Replies | None:
    """A code that a room above gave out was typed; None when it is none of theirs."""
    hook = _code_hooks.get("code")
    return hook(conversation, message, code) if hook else None


def on_code(hook: Callable[[Conversation, Message, str], Replies | None]) -> None:
    """Let a room above take up a code that a resident types."""
    _code_hooks["code"] = hook


def phone_read(conversation: Conversation, message: Message) -> Replies:
    """Somebody else reads this phone: from now on nothing unprompted."""
    conversation.resident.discreet = True
    conversation.resident.save(update_fields=["discreet"])
    _pend(conversation, "check:safe_now")
    return [from_key(conversation, "utter_phone_read")]


def set_farewell(channel: str, send: Callable[[Conversation, Reply], None]) -> None:
    """How a channel sends the last message: before the wipe, since afterwards no address is left."""
    _farewells[channel] = send


def wipe(conversation: Conversation) -> None:
    """Wipe the resident everywhere and say so, honestly about what stays on the phone.

    The web chat's page must be able to read the farewell: its session goes on as a new, empty conversation that
    holds this one message. Elsewhere the farewell is sent first and nothing is left.
    """
    farewell = from_key(conversation, f"rights.wiped_{conversation.channel}")
    if send := _farewells.get(conversation.channel):
        send(conversation, farewell)
    kept = {f: getattr(conversation, f) for f in ("channel", "address_hash", "language", "language_known", "language_chosen")}
    with transaction.atomic():
        last = Conversation.objects.select_for_update().values_list("last_position", flat=True).get(pk=conversation.pk)
        wipe_resident(conversation.resident)
        if conversation.channel == Conversation.Channel.WEBCHAT:
            fresh = Conversation.objects.create(resident=Resident.objects.create(), last_position=last, **kept)
            post(fresh, [farewell])


def _pend(conversation: Conversation, question: str) -> None:
    conversation.pending = question
    conversation.save(update_fields=["pending"])


COMMANDS: dict[str, Hook] = {
    "delete_my_data": ask_wipe,
    "show_my_data": ask_show,
    "withdraw_consent": withdraw,
    "phone_read": phone_read,
    "other_helper": other_helper,
}


def carry_out(name: str, conversation: Conversation, message: Message) -> Replies | None:
    """The replies to a right's command, or None when it is none."""
    command = COMMANDS.get(name)
    return command(conversation, message) if command else None
