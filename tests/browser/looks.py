"""What a page looks like to the eye, the finger, the keyboard and the screen reader."""

from __future__ import annotations

_NAMELESS = """() => [...document.querySelectorAll('input:not([type=hidden]), textarea, select, button, a[href], summary')]
  .filter((e) => e.checkVisibility())
  .filter((e) => !(e.labels?.length || e.getAttribute('aria-label') || e.textContent.trim()))
  .map((e) => e.outerHTML.slice(0, 120))"""

_SMALL = """() => [...document.querySelectorAll('button, textarea, select, .languages a, .hide')]
  .filter((e) => e.checkVisibility()).map((e) => [e, e.getBoundingClientRect()])
  .filter(([, box]) => box.height < 44 || box.width < 44)
  .map(([e, box]) => `${box.width}x${box.height} ${e.outerHTML.slice(0, 90)}`)"""

_TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"

_FOCUSED = """() => {
  const e = document.activeElement, style = getComputedStyle(e);
  const seen = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
  return {name: e.id || e.textContent.trim(), seen};
}"""

# WCAG's relative luminance; a page's own colours over the nearest ground that is not see-through.
_PALE = """() => {
  const numbers = (c) => c.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (e) => { for (; e; e = e.parentElement) {
    const c = numbers(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] === 1) return c; } return [255, 255, 255]; };
  const texts = [...document.querySelectorAll('body *')].filter((e) => e.checkVisibility() && !e.disabled &&
    [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()));
  return texts.map((e) => { const [a, b] = [light(numbers(getComputedStyle(e).color)), light(ground(e))].sort((x, y) => y - x);
    return [(a + 0.05) / (b + 0.05), e.outerHTML.slice(0, 90)]; }).filter(([ratio]) => ratio < 4.5);
}"""


def nameless(page) -> list[str]:
    """Controls in sight that a screen reader cannot name."""
    return page.evaluate(_NAMELESS)


def too_small(page) -> list[str]:
    """Controls in sight smaller than a fingertip (44 px)."""
    return page.evaluate(_SMALL)


def too_wide(page) -> int:
    """By how many pixels the page is wider than the screen."""
    return page.evaluate(_TOO_WIDE)


def too_pale(page) -> list:
    """Texts in sight with a contrast below 4.5."""
    return page.evaluate(_PALE)


def focused(page) -> dict:
    """``{name, seen}`` of what has the focus."""
    return page.evaluate(_FOCUSED)


def side(page, selector: str) -> str:
    """``left`` or ``right``: to which edge of its row the first bubble leans."""
    row, bubble = (page.locator(s).first.bounding_box() for s in (selector, f"{selector} .bubble"))
    left, right = bubble["x"] - row["x"], row["x"] + row["width"] - bubble["x"] - bubble["width"]
    return "left" if left < right else "right"
