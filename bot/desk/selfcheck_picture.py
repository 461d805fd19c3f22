"""The self-check as a picture: nine fields with their answers, to show on a screen or hang on a wall."""

from __future__ import annotations

import datetime as dt
import io
import textwrap
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from .report import fonts

__all__ = ["draw_card"]

_SIDE, _EDGE, _HEAD = 380, 30, 110
_INK, _SOFT, _LINE, _GROUND = "#262320", "#5f5850", "#cfc8bf", "#ffffff"
# Not by colour alone: the answer stands there in words too.
_FILLS = {"yes": "#d5e8e4", "partly": "#f6ecd2", "not_yet": "#ffffff", "": "#ffffff"}
_PER_LINE, _MOST_LINES = 38, 9


def _font(size: int, bold: bool = False) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(fonts() / ("DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf")), size)


def _field(draw: ImageDraw.ImageDraw, cell: dict[str, Any], left: int, top: int) -> None:
    draw.rectangle((left, top, left + _SIDE, top + _SIDE), fill=_FILLS[cell["answer"]], outline=_LINE, width=2)
    draw.text((left + 18, top + 16), str(cell["field"].title), _INK, _font(24, bold=True))
    draw.text((left + 18, top + 52), str(cell["words"]) or "–", _INK, _font(20))
    said = [part for part in (cell["note"], cell["next"] and f"→ {cell['next']}") if part] or [str(cell["field"].question)]
    lines = [line for part in said for line in textwrap.wrap(part, _PER_LINE)]
    cut = [*lines[: _MOST_LINES - 1], "…"] if len(lines) > _MOST_LINES else lines
    draw.multiline_text((left + 18, top + 96), "\n".join(cut), _SOFT, _font(15), spacing=8)


def draw_card(card: list[dict[str, Any]], team: str, day: dt.date) -> bytes:
    """A PNG of the nine fields of ``card_of``, three by three."""
    across = 3 * _SIDE + 2 * _EDGE
    image = Image.new("RGB", (across, across + _HEAD), _GROUND)
    draw = ImageDraw.Draw(image)
    draw.text((_EDGE, _EDGE), team, _INK, _font(34, bold=True))
    draw.text((_EDGE, _EDGE + 48), f"{day:%d-%m-%Y}", _SOFT, _font(20))
    for number, cell in enumerate(card):
        _field(draw, cell, _EDGE + number % 3 * _SIDE, _HEAD + _EDGE + number // 3 * _SIDE)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()
