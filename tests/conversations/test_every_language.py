"""The short road in every way of writing on offer: understood, answered in it, heard in danger, brought to a person."""

import pytest

from bot.language.tags import ON_OFFER, direction
from tests.conversations.desk import Desk
from tests.conversations.words import promises, title

LETTER = {
    "nl": "ik heb een brief gekregen en begrijp hem niet",
    "en": "i got a letter and i don't understand it",
    "tr": "bir mektup geldi hiç anlamadım",
    "ar": "وصلتني رسالة وما فهمت منها شي",
    "ary-Arab": "جاتني واحد البراوة وما فهمت فيها والو",
    "ary-Latn": "jatni wa7ed lbriya w mafhemt fiha walo",
    "pap": "mi a haña un karta i mi no ta komprondé",
    "pl": "dostalam pismo i nic z niego nie rozumiem",
    "uk": "мені прийшов лист і я нічого не розумію",
    "ti": "ደብዳቤ መጺኡኒ ግን ኣይተረድኣንን",
    "so": "warqad baa ii timid mana fahmin",
    "fa": "یه نامه برام اومده نمیفهمم چی نوشته",
    "es": "me llego una carta y no la entiendo",
}
PERSON = {
    "nl": "ik wil met een mens praten",
    "en": "i want to talk to a person",
    "tr": "bir insanla konuşmak istiyorum",
    "ar": "بدي احكي مع انسان",
    "ary-Arab": "بغيت نهضر مع شي بنادم",
    "ary-Latn": "bghit nhder m3a chi wa7ed bnadem",
    "pap": "mi ke papia ku un hende",
    "pl": "chce porozmawiac z czlowiekiem",
    "uk": "хочу поговорити з людиною",
    "ti": "ምስ ሰብ ክዛረብ ደልየ",
    "so": "waxaan rabaa inaan qof la hadlo",
    "fa": "میخوام با یه آدم حرف بزنم",
    "es": "quiero hablar con una persona",
}
CRISIS = {
    "nl": "ik wil niet meer leven",
    "en": "i want to end my life",
    "tr": "yaşamak istemiyorum",
    "ar": "بدي موت",
    "ary-Arab": "بغيت نموت",
    "ary-Latn": "bghit nmout",
    "pap": "mi no ke biba mas",
    "pl": "nie chce juz zyc",
    "uk": "не хочу більше жити",
    "ti": "ክመውት ደልየ",
    "so": "waxaan rabaa inaan dhinto",
    "fa": "میخوام بمیرم",
    "es": "no quiero vivir mas",
}


@pytest.mark.parametrize("tag", ON_OFFER)
def test_from_a_letter_to_a_person(system, tag):
    """Two messages and three taps; nothing is promised before it is stored."""
    resident = system.resident()
    first = resident.write(LETTER[tag])[-1]
    assert (first["lang"], first["dir"]) == (tag, direction(tag))
    resident.write(PERSON[tag])
    for dutch in ("Maakt niet uit", "Zeg ik niet"):
        resident.tap(title(dutch, tag))
    said = [m for m in resident.messages() if m["author"] == "bot"]
    assert {m["lang"] for m in said} == {tag}
    assert [promises(m["text"], tag) for m in said] == [[]] * len(said)
    resident.tap(title("Ja, geef door", tag))
    [handover] = Desk(system, resident.token).state()["handovers"]
    assert (handover["state"], handover["language"], handover["words"]) == ("open", tag, [PERSON[tag]])


@pytest.mark.parametrize("tag", ON_OFFER)
def test_danger_is_answered_in_the_next_message(system, tag):
    """As the very first message, in the resident's language, with the number."""
    replies = system.resident().write(CRISIS[tag])
    assert replies[0]["lang"] == tag
    assert "113" in replies[0]["text"]


def test_russian_is_answered_in_ukrainian(system):
    """Understood, though not written: in a language on offer."""
    assert system.resident().write("здравствуйте, мне пришло письмо и я его не понимаю")[-1]["lang"] == "uk"


def test_a_language_that_is_not_on_offer_gets_the_list(system):
    """One kind line, with the languages by their own names."""
    [reply] = system.resident().write("你好 我 需要 帮助 谢谢")
    assert all(name in reply["text"] for name in ("Nederlands", "Türkçe", "العربية", "Polski", "Papiamentu"))
