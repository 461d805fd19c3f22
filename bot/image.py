"""``python -m bot.image``: while a container's image is built, make what each first start would otherwise make."""

from __future__ import annotations

import sys


def main() -> None:
    """Texts compiled, the language model and the patterns kept; ends with 1 without a model to answer with."""
    from bot.language.locales import compile_all
    from bot.learning import shelf
    from bot.warm import make_kept

    promoted = shelf.promoted()
    if not promoted or not shelf.is_whole(promoted):
        sys.exit("There is no promoted model in models/. Before building: uv run aanspraak train, then promote")
    compile_all()
    make_kept()


if __name__ == "__main__":
    main()
