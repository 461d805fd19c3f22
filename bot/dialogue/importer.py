"""Rasa's importer for our data: plain lines, read once and never copied.

Rasa's own reads YAML by the slow road to keep comments, then copies and hashes every example at each of five merges: of 20,000
lines that was half of a training with known vectors. Ours have no entities, synonyms or look-up tables to merge. Only our own
training uses it: it does not stand in ``config.yml``, so that ``rasa data validate`` checks the files in Rasa's own way.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.language.examples import lines

__all__ = ["PlainLines"]


class _Line(Message):
    """An example that nobody changes: its copy is itself, and it is hashed once."""

    def __deepcopy__(self, memo: dict) -> _Line:
        return self

    def set(self, prop: str, info: Any, add_to_output: bool = False) -> None:
        if self.data.get(prop) != info or add_to_output:
            super().set(prop, info, add_to_output)


class PlainLines(RasaFileImporter):
    """Rules, stories, domain and config as Rasa reads them; examples by ``bot.language.examples``."""

    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        """Every example of the files as one set."""
        files = (Path(name) for name in self._nlu_files)
        return TrainingData([_Line({INTENT: intent, TEXT: text}) for path in files for intent, text in lines(path)])
