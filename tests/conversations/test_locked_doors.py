"""What a running system opens to others on its machine, and to nobody without the token."""

import httpx
import psutil
import pytest

from tests.faults.looking import of_each

RASA, ACTIONS = 1005, 1055  # above the web process's port


def test_everything_listens_on_this_machine_alone(system):
    """Web, Rasa and the actions on 127.0.0.1; PostgreSQL on no port at all."""
    open_ports = {
        (connection.laddr.ip, connection.laddr.port - system.port)
        for connections in of_each(system, lambda process: process.net_connections("inet"))
        for connection in connections
        if connection.status == psutil.CONN_LISTEN
    }
    assert open_ports == {("127.0.0.1", 0), ("127.0.0.1", RASA), ("127.0.0.1", ACTIONS)}


@pytest.mark.parametrize(
    ("part", "method", "path"),
    [
        (RASA, "POST", "/model/parse"), (RASA, "GET", "/conversations/x/tracker"), (RASA, "PUT", "/model"),
        (RASA, "GET", "/status"), (RASA, "GET", "/domain"), (RASA, "POST", "/webhooks/turns/webhook"),
        (RASA, "PUT", "/webhooks/turns/model"), (RASA, "GET", "/webhooks/turns/ready"),
        (ACTIONS, "POST", "/webhook"), (ACTIONS, "GET", "/actions"),
    ],
)  # fmt: skip
def test_rasa_and_the_actions_ask_for_the_token(system, part, method, path):
    """In the header or, as Rasa would have it, in the address; a wrong one is as good as none."""
    body = {"text": "hoi", "sender": "x"} if method in ("POST", "PUT") else None
    address = f"http://127.0.0.1:{system.port + part}{path}"
    wrong = ({}, {"headers": {"Authorization": "Bearer wrong"}}, {"params": {"token": ""}}, {"params": {"token": "wrong"}})
    for asked in wrong:
        assert httpx.request(method, address, json=body, timeout=30, **asked).status_code == 401


def test_no_secret_stands_in_a_command_line(system):
    """Where everybody on the machine could read it."""
    secrets = [file.read_text().strip() for file in (system.var / "secrets").iterdir() if file.is_file()]
    lines = of_each(system, lambda process: " ".join(process.cmdline()))
    assert len(secrets) > 3
    assert len(lines) > 6
    assert [line.split()[0] for line in lines if any(secret and secret in line for secret in secrets)] == []
