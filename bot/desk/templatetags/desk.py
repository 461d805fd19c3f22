"""Template tags of the desk."""

from django import template

from bot.desk.forms import ListChoice

register = template.Library()


@register.simple_tag
def list_address(choice: ListChoice, **changes: str) -> str:
    """The address of the list with ``changes`` to what is chosen now."""
    return choice.address(**changes)
