"""The desk's own texts: Dutch in the code, every other language in ``locales/<tag>/LC_MESSAGES/desk.po``.

``python -m bot.desk.strings`` brings those files up to date with the code; translations that stand there stay.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from pathlib import Path

__all__ = ["desk_strings", "update"]

_ROOM = Path(__file__).resolve().parent
_CALLS = {"_", "lazy", "gettext", "gettext_lazy"}


def _in_code() -> Iterator[tuple[str, str | None]]:
    for path in sorted(_ROOM.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _CALLS
            if called and node.args and isinstance(node.args[0], ast.Constant):
                yield node.args[0].value, None


def _in_templates() -> Iterator[tuple[str, str | None]]:
    # Django's own parser finds the strings: no second grammar of templates to keep right.
    from django.template.loader import get_template
    from django.templatetags.i18n import BlockTranslateNode, TranslateNode

    folder = _ROOM / "templates"
    for path in sorted(folder.rglob("*.html")):
        nodes = get_template(str(path.relative_to(folder))).template.nodelist
        for node in nodes.get_nodes_by_type(TranslateNode):
            yield node.filter_expression.var.literal or str(node.filter_expression.var), None
        for node in nodes.get_nodes_by_type(BlockTranslateNode):
            plural = node.render_token_list(node.plural)[0] if node.plural else None
            yield node.render_token_list(node.singular)[0], plural


def desk_strings() -> dict[str, str | None]:
    """Every Dutch text of the desk to its plural, where it has one."""
    return dict(sorted({**dict(_in_code()), **dict(_in_templates())}.items()))


def update(tag: str) -> Path:
    """Bring the desk's catalogue of ``tag`` up to date."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import read_po, write_po

    from bot.language.catalogue import LOCALES

    path = LOCALES / tag / "LC_MESSAGES" / "desk.po"
    template = Catalog(project="Aanspraak", charset="utf-8")
    for text, plural in desk_strings().items():
        template.add((text, plural) if plural else text)
    catalogue = Catalog(locale=tag, header_comment="# The desk's pages. Licensed as the project, EUPL-1.2.")
    if path.exists():
        with path.open("rb") as file:
            catalogue = read_po(file, locale=tag)
    catalogue.update(template, no_fuzzy_matching=True)
    with path.open("wb") as file:
        write_po(file, catalogue, width=120, ignore_obsolete=True)
    return path


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bot.settings")
    import django
    from django.conf import settings

    django.setup()
    for language, _name in settings.LANGUAGES:
        if language != settings.LANGUAGE_CODE:
            print(update(language))
