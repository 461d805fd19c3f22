"""Language tags (BCP 47), their direction and their own names."""

from __future__ import annotations

from functools import cache

from babel import Locale

__all__ = ["OWN_DATA", "babel_locale", "direction", "own_name"]

_RTL = {"ar", "ary-Arab", "fa"}
# Babel knows no Moroccan Darija and no Papiamentu names worth showing: their own names stand here.
OWN_DATA = {"ary-Arab": "الدارجة", "ary-Latn": "Darija", "pap": "Papiamentu"}


def direction(tag: str) -> str:
    """``rtl`` or ``ltr``."""
    return "rtl" if tag in _RTL else "ltr"


@cache
def babel_locale(tag: str) -> Locale:
    """Babel's locale for dates and plurals; Darija borrows Arabic (Morocco) or French spelling of dates."""
    known = {"ary-Arab": "ar_MA", "ary-Latn": "fr_MA", "pap": "es"}
    return Locale.parse(known.get(tag, tag))


def own_name(tag: str) -> str:
    """The language's name as its speakers write it: ``Türkçe``."""
    name = OWN_DATA.get(tag) or Locale.parse(tag).get_language_name(tag) or tag
    return name[:1].upper() + name[1:]
