"""Updates of the Bot API, real and odd, as the channel reads them; and texts cut for Telegram."""

import copy

import pytest

from bot.channels.splitting import split_text, units
from bot.channels.telegram.parsing import Edited, Grouped, Ignored, Reached, Said, parse_update
from bot.testing.telegram_updates import callback_update, edited_update, membership_update, message_update

CHAT = 7_000_000_001


def _message(language="", **content):
    return message_update(910_000_001, CHAT, {"message_id": 42, **content}, language)


def _said(**content):
    parsed = parse_update(_message(**content))
    assert isinstance(parsed, Said), parsed
    return parsed


def test_a_text_carries_its_chat_its_id_and_the_apps_language():
    """Message ids are unique only within a chat; of the language only the first subtag counts."""
    incoming = parse_update(_message("pt-BR", text="oi")).incoming
    assert (incoming.channel, incoming.address, incoming.kind, incoming.text) == ("telegram", str(CHAT), "text", "oi")
    assert (incoming.provider_id, incoming.language_hint) == (f"{CHAT}:42", "pt")


@pytest.mark.parametrize(
    ("text", "param"),
    [
        ("/start", ""),
        ("/start overvecht_42-NL", "overvecht_42-NL"),
        ("/start@demo_bot", ""),
        ("/start@demo_bot poster7", "poster7"),
        ("/Start poster7 ", "poster7"),
        (f"/start {'A' * 64}", "A" * 64),
        (f"/start {'A' * 65}", ""),
        ("/start ../../' OR 1=1 --", ""),
        ("/start één", ""),
        ("/start two words", ""),
    ],
)
def test_start_keeps_only_what_a_link_of_ours_can_hold(text, param):
    """Up to 64 of A-Z, a-z, 0-9, _ and -; anything else after /start was typed or forged and is cut away."""
    parsed = _said(text=text)
    assert parsed.started
    assert (parsed.incoming.text, parsed.incoming.start_param) == ("", param)


@pytest.mark.parametrize("text", ["/foo", "/stop nu", "kan /start ook?", "/starten met sporten", "/", "//start"])
def test_any_other_slash_is_a_residents_text(text):
    """Only /start is ours."""
    parsed = _said(text=text)
    assert (parsed.started, parsed.incoming.text) == (False, text)


FILES = ["photo", "voice", "video", "video_note", "audio", "document", "location", "venue", "contact", "poll", "animation"]


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_media_with_its_caption_as_text(name):
    """The file itself is not read here, whatever its fields hold."""
    incoming = _said(**{name: {"file_id": 7}, "caption": "mijn brief"}).incoming
    assert (incoming.kind, incoming.text) == ("media", "mijn brief")
    assert _said(**{name: []}).incoming.text == ""


@pytest.mark.parametrize("name", ["sticker", "dice"])
def test_a_sticker_has_no_words(name):
    """Whatever emoji stands for it."""
    parsed = _said(**{name: {"emoji": "😡"}})
    assert (parsed.incoming.kind, parsed.incoming.what, parsed.incoming.text) == ("media", "sticker", "")


def test_the_pictures_of_an_album_are_messages_of_their_own():
    """Each has its id, so that none is lost, and what they share, so that they get one answer."""
    found = [_said(message_id=n, photo=[{}], media_group_id="99").incoming for n in (1, 2, 3)]
    assert len({incoming.provider_id for incoming in found}) == 3
    assert {incoming.album for incoming in found} == {"99"}
    assert _said(message_id=4, text="hoi", media_group_id="99").incoming.album == ""


def test_a_tap_is_the_buttons_id():
    """Its own id makes a repeat harmless; the message above it may be inaccessible."""
    update = callback_update(1, CHAT, {"message_id": 9, "date": 0}, "12.0")
    parsed = parse_update(update)
    assert (parsed.incoming.kind, parsed.incoming.button_id, parsed.incoming.address) == ("tap", "12.0", str(CHAT))
    assert parsed.callback_id == update["callback_query"]["id"]
    assert parsed.callback_id in parsed.incoming.provider_id


@pytest.mark.parametrize("message", [None, {}, {"chat": {"id": -100123, "type": "supergroup"}}])
def test_a_tap_that_is_in_no_chat_of_ours_is_only_acknowledged(message):
    """Inline messages and groups."""
    update = callback_update(1, CHAT, {"message_id": 9}, "12.0")
    update["callback_query"]["message"] = message
    parsed = parse_update(update)
    assert isinstance(parsed, Ignored)
    assert parsed.callback_id == update["callback_query"]["id"]


def test_an_edit_names_the_message_it_changes():
    """However late it comes."""
    parsed = parse_update(edited_update(1, CHAT, {"message_id": 42, "text": "anders", "date": 1000}, after=3000))
    assert parsed == Edited(f"{CHAT}:42", "anders")


@pytest.mark.parametrize("change", [{"message_id": None}, {"chat": {"id": -1, "type": "group"}}, {"text": ""}])
def test_an_odd_edit_is_ignored(change):
    """Nothing to change, or nobody's conversation."""
    update = edited_update(1, CHAT, {"message_id": 42, "text": "anders"})
    update["edited_message"].update(change)
    assert isinstance(parse_update(update), Ignored)


FILES = {
    "voice": ({"voice": {"file_id": "v", "mime_type": "audio/ogg"}}, "voice", {"id": "v", "mime": "audio/ogg"}),
    "the largest photo": (
        {"photo": [{"file_id": "s", "width": 9, "height": 9}, {"file_id": "l", "width": 90, "height": 90}, 7]},
        "image", {"id": "l", "mime": ""},
    ),
    "a file without a name": ({"document": {"file_id": "d", "file_name": "../../x"}}, "document", {"id": "d", "mime": ""}),
    "a place": ({"venue": {"title": "x"}, "location": {"latitude": 1}}, "location", None),
    "somebody's number": ({"contact": {"phone_number": "06"}}, "contacts", None),
    "a kind of the future": ({"poll": {"question": "?"}}, "unsupported", None),
}  # fmt: skip


@pytest.mark.parametrize(("content", "what", "reference"), FILES.values(), ids=FILES.keys())
def test_of_a_file_only_its_id_is_kept(content, what, reference):
    """No name, no path, nobody's number."""
    incoming = _said(**content).incoming
    assert (incoming.kind, incoming.what, incoming.reference) == ("media", what, reference)


@pytest.mark.parametrize(("text", "to"), [("/start", ""), ("/help@demo_bot hoi", "@demo_bot")])
def test_a_command_in_a_group_is_told_apart(text, to):
    """Who it is for decides whether we say where to write."""
    group = {"chat": {"id": -100123, "type": "supergroup"}, "text": text}
    assert parse_update(_message("tr") | {"message": _message("tr")["message"] | group}) == Grouped("-100123", to, "tr")


@pytest.mark.parametrize("is_blocked", [True, False])
def test_blocking_and_unblocking_are_understood(is_blocked):
    """``kicked`` and ``member`` of a private chat."""
    assert parse_update(membership_update(1, CHAT, is_blocked)) == Reached(str(CHAT), is_blocked)


IGNORED = {
    "group": {"chat": {"id": -1, "type": "group"}},
    "supergroup": {"chat": {"id": -100123, "type": "supergroup"}},
    "chat without a type": {"chat": {"id": CHAT}},
    "ids as text": {"chat": {"id": "7", "type": "private"}},
    "no message id": {"message_id": None},
    "a bot": {"from": {"id": 1, "is_bot": True}},
}


@pytest.mark.parametrize("change", IGNORED.values(), ids=IGNORED.keys())
def test_what_is_nobodys_conversation_is_ignored(change):
    """Each with a reason for the log."""
    parsed = parse_update(_message(text="hoi") | {"message": _message(text="hoi")["message"] | change})
    assert isinstance(parsed, Ignored)
    assert parsed.reason


ODD = [None, [], "x", 7, {}, {"update_id": 1}, {"message": "x"}, {"message": {}}, {"channel_post": {}}, {"new_kind": {}}]
SERVICE = [_message(pinned_message={}), _message(successful_payment={}), _message()]


@pytest.mark.parametrize("raw", [*ODD, *SERVICE], ids=lambda raw: str(raw)[:24])
def test_an_unknown_shape_is_ignored(raw):
    """Telegram adds kinds of updates several times a year."""
    assert isinstance(parse_update(raw), Ignored)


def test_is_bot_as_a_word_is_no_bot():
    """Some clients write "False"; only true counts."""
    assert _said(text="hoi", **{"from": {"id": CHAT, "is_bot": "False"}}).incoming.text == "hoi"


def test_half_a_surrogate_pair_does_not_travel_on():
    """JSON may hold one; no text in UTF-8 can."""
    assert _said(text="hoi \ud83d").incoming.text == "hoi \ufffd"


def _places(value, path=()):
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*path, key)
        yield from _places(inner, (*path, key))


def _changed(update, path, value):
    changed = copy.deepcopy(update)
    place = changed
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return changed


SAMPLES = [
    _message("nl", text="/start poster7"),
    _message(photo=[{"file_id": "a"}], caption="x", media_group_id="1"),
    edited_update(1, CHAT, {"message_id": 42, "text": "anders"}),
    callback_update(1, CHAT, {"message_id": 9, "date": 0}, "12.0"),
    membership_update(1, CHAT, True),
]


@pytest.mark.parametrize("update", SAMPLES, ids=lambda update: list(update)[1])
def test_no_odd_value_anywhere_raises(update):
    """Each field of each kind, replaced by each kind of nonsense."""
    for path in _places(update):
        for value in (None, "x", "\ud800", -1, 1.5, True, 10**30, [], ["a"], {}, {"a": 1}):
            parse_update(_changed(update, path, value))


# --- cutting -----------------------------------------------------------------------------------------------------


def _squeezed(text):
    return "".join(text.split())


@pytest.mark.parametrize(
    "text",
    [
        "Dit is een zin. " * 700,
        "😀 👨‍👩‍👧‍👦 🇳🇱 👍🏽 ja! " * 500,
        "مرحبا، كيف حالك؟ " * 700,
        "a" * 10_000,
        "😀" * 5_000,
        "regel\n\n" * 1500,
    ],
    ids=["sentences", "emoji", "arabic", "one word", "only emoji", "paragraphs"],
)
def test_a_long_text_is_cut_into_parts_that_fit_and_nothing_is_lost(text):
    """At most 4096 UTF-16 units each; only white space at the cuts goes."""
    parts = split_text(text)
    assert all(0 < units(part) <= 4096 for part in parts)
    assert _squeezed("".join(parts)) == _squeezed(text)


def test_cuts_fall_at_the_ends_of_sentences():
    """Each part but the last ends as a sentence does, in Arabic too."""
    for sentence in ("Dit is een zin van een paar woorden.", "هل تريد أن تتحدث مع شخص؟"):
        assert all(part.endswith(sentence[-1]) for part in split_text(f"{sentence} " * 400))


@pytest.mark.parametrize("sign", ["👨‍👩‍👧‍👦", "🇳🇱", "👍🏽", "e\u0301", "❤️"])
def test_a_cut_never_tears_one_sign_apart(sign):
    """Families, flags, skin tones and accents stay whole, wherever the limit falls."""
    for limit in range(units(sign) + 1, 40):
        assert all(len(part) % len(sign) == 0 for part in split_text(sign * 30, limit))


def test_a_short_text_is_one_part_and_nothing_is_none():
    """White space around it is no part of a message."""
    assert split_text(" hoi ") == ["hoi"]
    assert split_text(" \n ") == []
