"""An OpenID provider on 127.0.0.1 that signs for real: code flow with PKCE, discovery, keys, userinfo, signing out.

>>> with FakeProvider() as fake:                                                            # doctest: +SKIP
...     # the program under test runs with OIDC_ISSUER=fake.issuer, OIDC_CLIENT_ID=fake.client[0], …
...     fake.who.update(email="noor@example.nl")        # who signs in there
...     fake.spoil["nonce"] = "another"                 # the next ID tokens say so
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

from .server import FakeServer, Request

__all__ = ["FakeProvider"]

_MINUTES = 300


class FakeProvider(FakeServer):
    """The provider. ``who``: the claims of the person there. ``spoil``: claims put wrong."""

    def __init__(self) -> None:
        self.client = ("aanspraak", "a secret")
        self.who: dict[str, Any] = {"sub": "248289761001", "email": "noor@example.nl", "email_verified": True}
        self.spoil: dict[str, Any] = {}
        self.in_id_token = True  # else the address is told at the userinfo endpoint alone
        self.key = self.signs_with = RSAKey.generate_key(2048, {"kid": "one"}, auto_kid=False)
        self.away, self.left = False, []
        self._codes: dict[str, dict[str, str]] = {}
        self._tokens: set[str] = set()
        self.listen(_Request)
        self.issuer = self.base

    # --- what it answers: (status, body or address to go to) ------------------------------------------------------
    def _metadata(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize", "jwks_uri": f"{self.issuer}/keys",
            "token_endpoint": f"{self.issuer}/token", "userinfo_endpoint": f"{self.issuer}/userinfo",
            "end_session_endpoint": f"{self.issuer}/leave", "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["code"], "code_challenge_methods_supported": ["S256"],
        }  # fmt: skip

    def _authorize(self, asked: dict[str, str]) -> tuple[int, Any]:
        """The person is signed in there already and says yes: the browser goes back with a code."""
        right = asked.get("client_id") == self.client[0] and asked.get("response_type") == "code"
        if not right or asked.get("code_challenge_method") != "S256" or "openid" not in asked.get("scope", "").split():
            return 400, {"error": "invalid_request"}
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        return 302, f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked.get('state', '')})}"

    def _token(self, given: dict[str, str], authorization: str) -> tuple[int, Any]:
        """A code counts once, for its own client, address and verifier."""
        expected = base64.b64encode(":".join(self.client).encode()).decode()
        if authorization != f"Basic {expected}" and (given.get("client_id"), given.get("client_secret")) != self.client:
            return 401, {"error": "invalid_client"}
        asked = self._codes.pop(given.get("code", ""), None)
        digest = base64.urlsafe_b64encode(hashlib.sha256(given.get("code_verifier", "").encode()).digest()).rstrip(b"=")
        if not asked or asked["code_challenge"] != digest.decode() or asked["redirect_uri"] != given.get("redirect_uri"):
            return 400, {"error": "invalid_grant"}
        token = secrets.token_urlsafe(16)
        self._tokens.add(token)
        return 200, {"access_token": token, "token_type": "Bearer", "expires_in": _MINUTES, "id_token": self._id_token(asked)}

    def _id_token(self, asked: dict[str, str]) -> str:
        now = int(time.time())
        about = self.who if self.in_id_token else {"sub": self.who["sub"]}
        claims = {
            "iss": self.issuer,
            "aud": self.client[0],
            "iat": now,
            "exp": now + _MINUTES,
            "nonce": asked.get("nonce"),
            **about,
        }
        kept = {name: value for name, value in {**claims, **self.spoil}.items() if value is not None}
        return jwt.encode({"alg": "RS256", "kid": "one"}, kept, self.signs_with)

    def _answer(self, path: str, given: dict[str, str], authorization: str) -> tuple[int, Any]:
        if self.away:
            return 503, {}
        if path == "/.well-known/openid-configuration":
            return 200, self._metadata()
        if path == "/keys":
            return 200, {"keys": [self.key.as_dict(private=False)]}
        if path == "/authorize":
            return self._authorize(given)
        if path == "/token":
            return self._token(given, authorization)
        if path == "/userinfo":
            return (200, self.who) if authorization.removeprefix("Bearer ") in self._tokens else (401, {})
        if path == "/leave":
            self.left.append(given)
            return 302, given["post_logout_redirect_uri"]
        return 404, {}


class _Request(Request):
    def do_GET(self) -> None:
        self._answer(urlsplit(self.path).query)

    def do_POST(self) -> None:
        self._answer(self.body().decode())

    def _answer(self, form: str) -> None:
        given, authorization = dict(parse_qsl(form)), self.headers.get("Authorization", "")
        status, found = self.fake._answer(urlsplit(self.path).path, given, authorization)
        if status == 302:
            return self.reply(status, b"", ("Location", found))
        self.reply(status, json.dumps(found).encode(), ("Content-Type", "application/json"))
