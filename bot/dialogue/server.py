"""Rasa's own server with our endpoints and the promoted model: ``python -m bot.dialogue.server``.

On loopback unless LISTEN says otherwise, and with a token.
"""

from __future__ import annotations

import os
import sys

from .agents import ROOT, our_endpoints


def _check_answers_quickly() -> None:
    """Rasa holds the schema of an action's answer against its own meta-schema in every turn: some 5 ms for nothing.

    The answers themselves are still checked.
    """
    from jsonschema.validators import validator_for
    from rasa.core.actions.action import RemoteAction

    schema = RemoteAction.action_response_format_spec()
    validator = validator_for(schema)(schema)
    RemoteAction._validate_action_result = lambda self, result: validator.validate(result) is None


def main() -> None:
    """Serve the promoted model until told to stop; started anew, it takes the one that was promoted since."""
    os.environ["AANSPRAAK_PROCESS"] = "rasa"
    from .django import ready

    ready()
    from django.conf import settings
    from rasa.core.run import serve_application

    from bot.privacy.logs import install
    from bot.training import current_model

    from .channel import catch_up

    model = current_model()
    if model is None:
        sys.exit("There is no model. Train one: aanspraak train")
    install("rasa", settings.LOGGING["level"])
    _check_answers_quickly()
    serve_application(
        model_path=str(model),
        interface=settings.LISTEN,
        port=settings.RASA_PORT,
        credentials=str(ROOT / "credentials.yml"),
        endpoints=our_endpoints(),
        enable_api=True,
        auth_token=settings.RASA_TOKEN,
        # Beside the first turns: it may load for a while.
        server_listeners=[(lambda app, loop: loop.create_task(catch_up(app)) and None, "after_server_start")],
    )


if __name__ == "__main__":
    main()
