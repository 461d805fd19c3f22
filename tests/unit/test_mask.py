"""What must never be stored is replaced."""

import itertools
import time

import pytest

from bot.privacy.mask import KINDS, mask

# (message, what it must become). Numbers are made up; those with a checksum have a right one.
MASKED = [
    # Dutch: citizen numbers
    ("mijn bsn is 111222333", "mijn bsn is ⟨bsn⟩"),
    ("BSN: 1112.22.333", "BSN: ⟨bsn⟩"),
    ("bsn 1112 22 333 en ik heb 2 kinderen", "bsn ⟨bsn⟩ en ik heb 2 kinderen"),
    ("1112 22 333 2 kinderen", "⟨bsn⟩ 2 kinderen"),
    ("burgerservicenummer 111-222-333", "burgerservicenummer ⟨bsn⟩"),
    ("1 1 1 2 2 2 3 3 3 is mijn nummer", "⟨bsn⟩ is mijn nummer"),
    ("bsn111222333 en nog wat", "bsn⟨bsn⟩ en nog wat"),
    ("bsn １１１２２２３３３", "bsn ⟨bsn⟩"),
    ("bsn 1\u200b1\u200b1\u200b2\u200b2\u200b2\u200b3\u200b3\u200b3", "bsn ⟨bsn⟩"),
    ("het staat op de brief: 111222333, en dat van hem is 123456782.", "het staat op de brief: ⟨bsn⟩, en dat van hem is ⟨bsn⟩."),
    ("111222333 06 12345678", "⟨bsn⟩ ⟨phone⟩"),
    ("btw NL111222333B01", "btw NL⟨bsn⟩B01"),
    # … next to another digit
    ("mijn nummer is 111222333. 3 kinderen heb ik", "mijn nummer is ⟨bsn⟩. 3 kinderen heb ik"),
    ("mijn zoon 111222333 (8 jaar)", "mijn zoon ⟨bsn⟩ (8 jaar)"),
    ("1. 111222333\n2. 123456782", "1. ⟨bsn⟩\n2. ⟨bsn⟩"),
    ("- 111222333\n- 123456782", "- ⟨bsn⟩\n- ⟨bsn⟩"),
    ("111222333 / 123456782", "⟨bsn⟩ / ⟨bsn⟩"),
    ("bsn van mij en mijn man zijn 111222333 / 123456782", "bsn van mij en mijn man zijn ⟨bsn⟩ / ⟨bsn⟩"),
    ("burgerservicenummers van ons: 111222333 / 123456782", "burgerservicenummers van ons: ⟨bsn⟩ / ⟨bsn⟩"),
    ("1112.22.333 - 2 kinderen", "⟨bsn⟩ - 2 kinderen"),
    ("1112.22.333. 2 kinderen", "⟨bsn⟩. 2 kinderen"),
    ("111 222 333 (8 jaar)", "⟨bsn⟩ (8 jaar)"),
    ("111-222-333 / 123-456-782", "⟨bsn⟩ / ⟨bsn⟩"),
    ("111222333 € 40 boete", "⟨bsn⟩ € 40 boete"),
    # Dutch: accounts and cards
    ("maak over naar NL91 ABNA 0417 1643 00 graag", "maak over naar ⟨iban⟩ graag"),
    ("nl91abna0417164300", "⟨iban⟩"),
    ("rekening NL91.ABNA.0417.1643.00", "rekening ⟨iban⟩"),
    ("iban: N L 9 1 A B N A 0 4 1 7 1 6 4 3 0 0", "iban: ⟨iban⟩"),
    ("mijn bank is de89 3704 0044 0532 0130 00", "mijn bank is ⟨iban⟩"),
    ("BE68 5390 0754 7034 van mijn zus", "⟨iban⟩ van mijn zus"),
    ("ＮＬ９１ＡＢＮＡ０４１７１６４３００", "⟨iban⟩"),
    ("kaart 4111 1111 1111 1111 tot 12/28", "kaart ⟨card⟩ tot 12/28"),
    ("4111-1111-1111-1111", "⟨card⟩"),
    ("creditcard 5555555555554444", "creditcard ⟨card⟩"),
    ("konto 61 1090 1014 0000 0712 1981 2874, 2 dzieci", "konto ⟨iban⟩, 2 dzieci"),
    ("61109010140000071219812874", "⟨iban⟩"),
    # Dutch: telephone
    ("bel me op 0612345678", "bel me op ⟨phone⟩"),
    ("06-12345678", "⟨phone⟩"),
    ("06 12 34 56 78 na 17.00 uur", "⟨phone⟩ na 17.00 uur"),
    ("06.1234.5678", "⟨phone⟩"),
    ("(06) 12345678", "⟨phone⟩"),
    ("+31 6 12345678", "⟨phone⟩"),
    ("+31(0)6 12 34 56 78 om 10 uur", "⟨phone⟩ om 10 uur"),
    ("0031612345678", "⟨phone⟩"),
    ("31612345678", "⟨phone⟩"),
    ("wa.me/31612345678", "wa.me/⟨phone⟩"),
    ("mijn vaste lijn 010-123 45 67", "mijn vaste lijn ⟨phone⟩"),
    ("0182 123456", "⟨phone⟩"),
    ("tel. 4567890", "tel. ⟨phone⟩"),
    ("bel me na 5 uur op 4567890", "bel me na 5 uur op ⟨phone⟩"),
    ("bel na maandag 4567890", "bel na maandag ⟨phone⟩"),
    ("tel 456 78 90", "tel ⟨phone⟩"),
    ("tel 20 12 34 56", "tel ⟨phone⟩"),
    ("tel 1012 1314", "tel ⟨phone⟩"),
    ("whatsapp 4 5 6 7 8 9 2", "whatsapp ⟨phone⟩"),
    ("bel 0800-0432 06 12345678", "bel 0800-0432 ⟨phone⟩"),
    ("mijn nummer is 612345678", "mijn nummer is ⟨phone⟩"),
    ("6 12 34 56 78 is mijn nummer", "⟨phone⟩ is mijn nummer"),
    ("nummer: 6-12345678", "nummer: ⟨phone⟩"),
    ("O6 12345678 of o612345678", "⟨phone⟩ of ⟨phone⟩"),
    ("06~12345678", "⟨phone⟩"),
    ("06|12|34|56|78", "⟨phone⟩"),
    ("1️⃣1️⃣1️⃣2️⃣2️⃣2️⃣3️⃣3️⃣3️⃣", "⟨bsn⟩"),
    ("06   1234    5678", "⟨phone⟩"),
    # Dutch: the rest
    ("mail naar fatma.yilmaz+werk@example.co.uk.", "mail naar ⟨email⟩."),
    ("jan (at) example.nl", "⟨email⟩"),
    ("jan @ example.nl alsjeblieft", "⟨email⟩ alsjeblieft"),
    ("mail jan.de.wit at gmail.com graag", "mail ⟨email⟩ graag"),
    ("jan apenstaartje example.nl", "⟨email⟩"),
    ("wachtwoord:\nHond99", "wachtwoord:\n⟨digid⟩"),
    ("pin: \n4821", "pin: \n⟨digid⟩"),
    ("ik woon op 3061 AB 12", "ik woon op 3061 ⟨address⟩"),
    ("3061ab 12a, tweede etage", "3061 ⟨address⟩, tweede etage"),
    ("3061AB nr 12 bis", "3061 ⟨address⟩"),
    ("postcode 3061 ab huisnummer 7", "postcode 3061 ⟨address⟩"),
    ("Kerkstraat 12, 3061 AB Rotterdam", "Kerkstraat 3061 ⟨address⟩ Rotterdam"),
    ("Postcode 2512 CM huisnummer 33", "Postcode 2512 ⟨address⟩"),
    ("Mijn postcode is 5611 KM en huisnummer 12", "Mijn postcode is 5611 ⟨address⟩"),
    ("5611KM12", "5611 ⟨address⟩"),
    ("Kerkstraat 33, 1102 TH Amsterdam", "Kerkstraat 1102 ⟨address⟩ Amsterdam"),
    ("Damrak 33, 1012 ST Amsterdam", "Damrak 1012 ⟨address⟩ Amsterdam"),
    ("1012 ST Amsterdam, Kerkstraat 33", "1012 ⟨address⟩ Amsterdam, Kerkstraat ⟨address⟩"),
    ("3512 JE 14", "3512 ⟨address⟩"),
    ("3511 EN 5-a", "3511 ⟨address⟩"),
    ("Kerkstraat 33-2, 1102 AB Amsterdam", "Kerkstraat 1102 ⟨address⟩ Amsterdam"),
    ("Kerkstraat 33 hs 1102 AB", "Kerkstraat 1102 ⟨address⟩"),
    ("Kerkstraat 33-II 1102 AB", "Kerkstraat 1102 ⟨address⟩"),
    ("Kerkstraat 33 1 hoog, 1102 AB", "Kerkstraat 1102 ⟨address⟩"),
    ("Kerkstraat 33, Amsterdam 1102AB", "Kerkstraat ⟨address⟩, Amsterdam 1102 ⟨address⟩"),
    ("kerkstraat 33 den haag 2512 ab", "kerkstraat ⟨address⟩ den haag 2512 ⟨address⟩"),
    ("Damrak 33-1, Amsterdam, 1012 AB", "Damrak ⟨address⟩, Amsterdam, 1012 ⟨address⟩"),
    ("1234 AB Amsterdam, Kerkstraat 12", "1234 ⟨address⟩ Amsterdam, Kerkstraat ⟨address⟩"),
    ("1234 AB\nJan van Galenstraat 12-2", "1234 ⟨address⟩\nJan van Galenstraat ⟨address⟩"),
    ("3061 AB 12 06 12345678", "3061 ⟨address⟩ ⟨phone⟩"),
    ("gebruikersnaam digid: jan82 wachtwoord: Hond!99", "gebruikersnaam digid: ⟨digid⟩ wachtwoord: ⟨digid⟩"),
    ("mijn digid wachtwoord is Welkom123", "mijn digid wachtwoord is ⟨digid⟩"),
    ("digid: jan82 / Hond!99", "digid: ⟨digid⟩ / ⟨digid⟩"),
    ("mijn DigiD: gebruikersnaam = jan wachtwoord = geheim", "mijn DigiD: gebruikersnaam = ⟨digid⟩ wachtwoord = ⟨digid⟩"),
    ("de pincode is 4821", "de pincode is ⟨digid⟩"),
    # … of letters only, where it plainly is one
    ("mijn wachtwoord is Zonnebloem, kunt u kijken", "mijn wachtwoord is ⟨digid⟩, kunt u kijken"),
    ("password is blueSky", "password is ⟨digid⟩"),
    ("wachtwoord is hond#kat", "wachtwoord is ⟨digid⟩"),
    ("wachtwoord is 'zonnebloem' toch", "wachtwoord is ⟨digid⟩ toch"),
    ("wachtwoord: zonnebloem. Kunt u helpen?", "wachtwoord: ⟨digid⟩ Kunt u helpen?"),
    ("wachtwoord: zonnebloem, kunt u helpen?", "wachtwoord: ⟨digid⟩, kunt u helpen?"),
    ("hasło: wisla login: akowalska digid", "hasło: ⟨digid⟩ login: ⟨digid⟩ digid"),
    ("كلمة السر هي zonnebloem", "كلمة السر هي ⟨digid⟩"),
    ("wachtwoord is Nieuw2020, pin 4821 per ongeluk gezegd", "wachtwoord is ⟨digid⟩, pin ⟨digid⟩ per ongeluk gezegd"),
    ("ww: hallo1982", "ww: ⟨digid⟩"),
    ("mijn digid ww is Zonnebloem", "mijn digid ww is ⟨digid⟩"),
    ("ik ben geboren op 12-03-1985", "ik ben geboren op ⟨birth⟩"),
    ("geboortedatum 3 december 1985", "geboortedatum ⟨birth⟩"),
    ("geb. 12/3/85 te Izmir", "geb. ⟨birth⟩ te Izmir"),
    ("mijn man, 12-03-1985", "mijn man, ⟨birth⟩"),
    ("mijn zoon (12-03-2015) en mijn dochter sara 01-02-2018.", "mijn zoon (⟨birth⟩) en mijn dochter sara ⟨birth⟩."),
    ("mijn dochter is van 12-03-2015", "mijn dochter is van ⟨birth⟩"),
    ("kinderen: Ali Reza, 12-03-2015 Mohamed 01-02-1999", "kinderen: Ali Reza, ⟨birth⟩ Mohamed ⟨birth⟩"),
    ("mijn dochter 12-03-2015 woont bij mij", "mijn dochter ⟨birth⟩ woont bij mij"),
    ("ابني أحمد 12/03/2015", "ابني أحمد ⟨birth⟩"),
    ("mijn dochter Sara 12-03-2015", "mijn dochter Sara ⟨birth⟩"),
    # English
    ("my bsn number is 123 456 782", "my bsn number is ⟨bsn⟩"),
    ("please pay GB29 NWBK 6016 1331 9268 19 today", "please pay ⟨iban⟩ today"),
    ("amex 3782 822463 10005", "amex ⟨card⟩"),
    ("call me +44 7911 123456 at 10", "call me ⟨phone⟩ at 10"),
    ("you can phone my cousin on 0048 501 234 567", "you can phone my cousin on ⟨phone⟩"),
    ("my username is amina7 and my digid password is Blue#44", "my username is ⟨digid⟩ and my digid password is ⟨digid⟩"),
    ("I was born on 3 December 1985 in Asmara", "I was born on ⟨birth⟩ in Asmara"),
    ("date of birth: 1985-12-03", "date of birth: ⟨birth⟩"),
    ("write to me: a.b@example.org", "write to me: ⟨email⟩"),
    # Turkish
    ("BSN numaram 111222333, yardım eder misiniz", "BSN numaram ⟨bsn⟩, yardım eder misiniz"),
    ("numaram 111222333. 2 çocuk", "numaram ⟨bsn⟩. 2 çocuk"),
    ("beni ara: 0532 123 45 67", "beni ara: ⟨phone⟩"),
    ("numaram +90 532 123 45 67, saat 10'da ara", "numaram ⟨phone⟩, saat 10'da ara"),
    ("532 123 45 67", "⟨phone⟩"),
    ("numaram 532 1234567", "numaram ⟨phone⟩"),
    ("TR33 0006 1005 1978 6457 8413 26 hesabına", "⟨iban⟩ hesabına"),
    ("doğum tarihim 12.03.1985", "doğum tarihim ⟨birth⟩"),
    ("12 Mart 1985 doğumluyum", "⟨birth⟩ doğumluyum"),
    ("kullanıcı adı: ayse82 şifre: Kedi123 digid için", "kullanıcı adı: ⟨digid⟩ şifre: ⟨digid⟩ digid için"),
    ("adresim 3061 AB 12", "adresim 3061 ⟨address⟩"),
    # Arabic
    ("رقم المواطن ١١١٢٢٢٣٣٣", "رقم المواطن ⟨bsn⟩"),
    ("رقمي ١١١٢٢٢٣٣٣ (٢ أطفال)", "رقمي ⟨bsn⟩ (٢ أطفال)"),
    ("رقمي ٠٦١٢٣٤٥٦٧٨ شكرا", "رقمي ⟨phone⟩ شكرا"),
    ("رقمي 612345678", "رقمي ⟨phone⟩"),
    ("mój numer 512 345 678", "mój numer ⟨phone⟩"),
    ("мій номер 671234567", "мій номер ⟨phone⟩"),
    ("mi número es 612 345 678", "mi número es ⟨phone⟩"),
    ("اتصل بي ٠٦ ١٢ ٣٤ ٥٦ ٧٨", "اتصل بي ⟨phone⟩"),
    ("واتساب +٩٦٣ ٩٣١ ٢٣٤ ٥٦٧", "واتساب ⟨phone⟩"),
    ("شماره ۰۶۱۲۳۴۵۶۷۸", "شماره ⟨phone⟩"),
    ("حسابي NL٩١ABNA٠٤١٧١٦٤٣٠٠", "حسابي ⟨iban⟩"),
    ("ولدت في ١٢-٠٣-١٩٨٥", "ولدت في ⟨birth⟩"),
    ("تاريخ الميلاد 12 مارس 1985", "تاريخ الميلاد ⟨birth⟩"),
    ("كلمة السر: Amal2020", "كلمة السر: ⟨digid⟩"),
    ("إيميلي ahmed@example.com", "إيميلي ⟨email⟩"),
    ("البطاقة ٤١١١ ١١١١ ١١١١ ١١١١", "البطاقة ⟨card⟩"),
]

CITIZEN_NUMBERS = ("353454709", "111222333", "123456782", "214013443", "544471180")
ACCOUNTS = (
    "NL91ABNA0417164300", "DE89370400440532013000", "TR330006100519786457841326", "GB29NWBK60161331926819",
    "BE68539007547034", "NO9386011117947", "FR1420041010050500013M02606", "SA0380000000608010167519",
    "PL61109010140000071219812874", "UA213223130000026007233566001",
)  # fmt: skip
CARDS = ("4111111111111111", "5555555555554444", "378282246310005", "6011111111111117", "4222222222222", "6304000000000000")
HOSTILE = (
    "1 ", "3061 AB a ", "straat 12 a ", "1102 KM straat", "1102AB kerkstraat 33 ",
    "12 ", "0", "0 ", "+1", "a@", "NL91", "N L 9 1 ", "3061 AB ", "1.1.19", "geboren ", "(at)", "digid: ", "wachtwoord",
    "-", " ", "⟨bsn⟩", "12.00-", "x@a.a.", "tel 1 ", "bsn 1-", "e\u0301", "\u0301", "4111 ", "a. 1, ", "1-1-", "\ud800",
)  # fmt: skip


@pytest.mark.parametrize(("typed", "stored"), MASKED)
def test_personal_things_are_replaced_and_the_rest_stays(typed, stored):
    """Only the token takes the place of the number; the words around it stay."""
    assert mask(typed).text == stored


def _spellings(number, sizes):
    for separator in ("", " ", "-", ".", "  ", "\u00a0", "\u200b"):
        for size in sizes:
            yield separator.join(number[i : i + size] for i in range(0, len(number), size))


def _in_script(number, zero):
    return "".join(chr(ord(zero) + int(c)) if c.isdigit() else c for c in number)


@pytest.mark.parametrize("zero", ["0", "٠", "۰", "０"])
@pytest.mark.parametrize(
    ("kind", "numbers", "sizes"), [("bsn", CITIZEN_NUMBERS, (3, 9)), ("iban", ACCOUNTS, (1, 2, 4, 34)), ("card", CARDS, (4, 19))]
)
def test_no_checksummed_number_gets_through(kind, numbers, sizes, zero):
    """However it is grouped, and in whatever digits it is typed."""
    for number in numbers:
        for typed in _spellings(number, sizes):
            masked = mask(f"x {_in_script(typed, zero)} y")
            assert (masked.text, [(f.kind, f.value) for f in masked.found]) == (f"x ⟨{kind}⟩ y", [(kind, number)]), typed


@pytest.mark.parametrize("zero", ["0", "٠", "۰", "０"])
@pytest.mark.parametrize(("number", "other"), itertools.permutations(CITIZEN_NUMBERS, 2))
def test_no_citizen_number_gets_through_next_to_another_number(number, other, zero):
    """A list, a child's age, a sentence that begins with a digit: what stands around is no part of it."""
    lines = (("x {}. 2 y", "x ⟨bsn⟩. {} y"), ("x {} (2) y", "x ⟨bsn⟩ ({}) y"), ("2. {}", "{}. ⟨bsn⟩"))
    for typed, stored in lines:
        assert mask(_in_script(typed.format(number), zero)).text == stored.format(_in_script("2", zero)), typed
    for typed in (f"1. {number}\n2. {other}", f"{number} / {other}"):
        stored = mask(_in_script(typed, zero)).text
        assert sum(c.isdigit() for c in stored) == typed.count("."), stored  # two in a row may read as one card


def test_every_kind_has_a_line_here():
    """A kind without an example would be a promise nobody checked."""
    assert {found.kind for typed, _ in MASKED for found in mask(typed).found} == set(KINDS)


def test_found_values_are_plain_and_in_order():
    """The drawer needs a number that can be dialled, in the order of the tokens."""
    assert [f.value for f in mask("bel O6 12 34 56 78").found] == ["0612345678"]
    found = mask("bel +٣١ ٦ ١٢٣٤٥٦٧٨ of mail a@example.nl").found
    assert [(f.kind, f.value) for f in found] == [("phone", "+31612345678"), ("email", "a@example.nl")]


def test_a_found_value_never_shows_itself():
    """A traceback or a log of the object holds the kind only."""
    assert "111222333" not in repr(mask("111222333"))


@pytest.mark.parametrize("typed", [typed for typed, _ in MASKED])
def test_masking_twice_changes_nothing_more(typed):
    """Tokens are no numbers: what was masked at the door may pass again."""
    once = mask(typed).text
    assert mask(once).text == once


@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_messages_take_linear_time(piece):
    """Four times the length takes about four times as long, never sixteen."""

    def seconds(length):
        text = (piece * length)[:length]
        return min(_timed(text) for _ in range(2))

    short, long = seconds(3_000), seconds(12_000)
    assert long < max(9 * short, 0.1), (short, long)


def _timed(text):
    start = time.process_time()
    mask(text)
    return time.process_time() - start
