"""The action server: rasa-sdk's app behind our token, on loopback, with errors that never echo a request."""

from __future__ import annotations

import hmac
import logging
import os

from bot.privacy.logs import event

from .django import ready


def make_app():
    """rasa-sdk's Sanic app with the actions of the package ``actions``."""
    from django.conf import settings
    from rasa_sdk.endpoint import create_app
    from sanic import response

    import actions

    app = create_app(actions, cors_origins="")

    @app.on_request
    async def check_token(request):
        given = (request.headers.get("Authorization") or "").removeprefix("Bearer ")
        if request.path != "/health" and not hmac.compare_digest(given.encode(), settings.RASA_TOKEN.encode()):
            return response.json({"error": "token"}, status=401)
        return None

    async def failed(request, exception):
        # rasa-sdk's own handler answers with the whole request, and logs the exception's text.
        event("actions.failed", level=logging.ERROR, error=type(exception).__name__)
        return response.json({"error": "action failed"}, status=500)

    app.error_handler.cached_handlers.clear()
    app.error_handler.add(Exception, failed)
    return app


def main() -> None:
    """Serve until told to stop."""
    os.environ["AANSPRAAK_PROCESS"] = "actions"
    ready()
    from django.conf import settings

    from bot.privacy.logs import install

    install("actions", settings.LOGGING["level"])
    make_app().run(settings.LISTEN, settings.ACTIONS_PORT, workers=1, access_log=False, motd=False)


if __name__ == "__main__":
    main()
