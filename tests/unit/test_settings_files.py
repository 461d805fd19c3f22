"""Settings as an operator gives them: in .env, and as files that end with a line end."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_ASK = "import json; from bot import settings as s; print(json.dumps([s.TELEGRAM_TOKEN, s.FIELD_KEYS, s.FIELD_KEYS_PATH]))"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A copy whose .env is ours to write."""
    folder = tmp_path_factory.mktemp("checkout")
    shutil.copytree(ROOT / "bot", folder / "bot", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "content").symlink_to(ROOT / "content")
    secrets = folder / "var" / "secrets"
    secrets.mkdir(parents=True)
    (secrets / "FIELD_KEYS").write_text("k0:made\n")
    return folder


def read(checkout, **given):
    (checkout / ".env").write_text("".join(f"{name}={value}\n" for name, value in given.items()))
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    done = subprocess.run([sys.executable, "-c", _ASK], cwd=checkout, env=kept, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def test_a_value_from_a_file_has_no_line_end(checkout):
    """Editors and echo put one there; a token with it is refused by everybody."""
    (checkout / "token").write_text("123:abc\n")
    assert read(checkout, TELEGRAM_TOKEN_FILE=checkout / "token")[0] == "123:abc"


def test_keys_named_in_the_env_file_are_the_ones_that_encrypt(checkout):
    """And not those that ./run made in var/secrets; only a file can be given a new key by us."""
    assert read(checkout) == ["", "k0:made", str(checkout / "var" / "secrets" / "FIELD_KEYS")]
    assert read(checkout, FIELD_KEYS="k1:given")[1:] == ["k1:given", ""]
    (checkout / "keys").write_text("k2:shared\n")
    assert read(checkout, FIELD_KEYS_FILE=checkout / "keys")[1:] == ["k2:shared", str(checkout / "keys")]
