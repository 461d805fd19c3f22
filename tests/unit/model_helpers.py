"""What the tests of models share: an empty shelf, models on it, and a start."""

import pytest

from bot import settings, training
from bot.learning import promotion, shelf
from bot.training import Inputs, ensure_model

NOW = Inputs("data-2", "program-1")


@pytest.fixture
def models(tmp_path, monkeypatch):
    """An empty shelf, inputs that say NOW, and a training that writes a file at once."""
    monkeypatch.setattr(shelf, "MODELS", tmp_path / "models")
    monkeypatch.setattr(settings, "VAR", tmp_path / "var")
    monkeypatch.setattr(training, "inputs", lambda: NOW)
    monkeypatch.setattr(promotion, "inputs", lambda: NOW)
    monkeypatch.setattr(training, "train", lambda var, progress: make(NOW))
    return shelf.MODELS


def make(inputs, content=b"a model"):
    shelf.MODELS.mkdir(exist_ok=True)
    made = shelf.MODELS / "made"
    made.write_bytes(content)
    return shelf.put(made, inputs.name, inputs.data, inputs.program, 1.5)


def promoted(inputs, content=b"the one before"):
    name = make(inputs, content).name
    shelf.set_promoted(name, inputs.whole)
    shelf.record("promoted", name, by="start")
    return name


def start(demo=True):
    said = []
    return ensure_model(settings.VAR, demo=demo, say=said.append).name, "\n".join(said)
