"""Template tags of the desk."""

from django import template
from django.conf import settings

from bot.desk.forms import ListChoice
from bot.desk.oidc import is_on

register = template.Library()


@register.simple_tag
def list_address(choice: ListChoice, **changes: str) -> str:
    """The address of the list with ``changes`` to what is chosen now."""
    return choice.address(**changes)


@register.simple_tag
def office_name() -> str:
    """What people call the municipality's own sign-in; empty where there is none."""
    return settings.OIDC_NAME if is_on() else ""
