"""Our importer for plain lines gives Rasa what Rasa's own would."""

import subprocess
import sys
from pathlib import Path

import yaml

from bot.training import quiet_environment

ROOT = Path(__file__).resolve().parents[2]
# In a process of its own: importing Rasa warns about what it is built on, and a warning is an error here.
_COMPARE = """
from rasa.shared.importers.rasa import RasaFileImporter
from bot.dialogue.importer import PlainLines
folders = ["data/nlu/nl", "data/nlu/ar", "data/nlu/ti"]
ours, theirs = (
    {(m.get("intent"), m.get("text")) for m in importer(None, None, folders).get_nlu_data().training_examples}
    for importer in (PlainLines, RasaFileImporter)
)
print(len(ours), len(ours ^ theirs))
"""


def test_it_reads_what_rasa_reads():
    """The same intents and texts, in languages of both directions."""
    command = [sys.executable, "-c", _COMPARE]
    done = subprocess.run(command, cwd=ROOT, env=quiet_environment(), capture_output=True, text=True, check=True)
    read, different = map(int, done.stdout.split())
    assert read > 1_000
    assert different == 0


def test_validation_reads_the_data_in_rasas_own_way():
    """With the importer in the config `rasa data validate` would take files that Rasa cannot read."""
    assert "importers" not in yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))
