"""``python -m bot.dialogue.train FILE``: train a model, load it, and have it answer a probe. Exit 1 when any of it fails."""

from __future__ import annotations

import logging
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import yaml

from bot.warm import make_kept

from .parsing import parse_all

ROOT = Path(__file__).resolve().parents[2]
PROBES = (("hallo, goedemorgen", "greet"), ("ik wil met een mens praten", "want_human"), ("merhaba", "greet"))


def _tell(step: str, fraction: float) -> None:
    print(f"progress {step} {fraction:.2f}", flush=True)


def _answers(model: Path) -> bool:
    for (text, wanted), found in zip(PROBES, parse_all((text for text, _ in PROBES), model)):
        if found["intent"]["name"] != wanted or not {"language", "safety"} <= found.keys():
            print(f"probe: {text!r} was read as {found['intent']}")
            return False
    return True


def _config(folder: Path) -> Path:
    """Ours, read by the importer for plain lines; ``rasa data validate`` reads the data without it."""
    config = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))
    made = folder / "config.yml"
    made.write_text(yaml.safe_dump({**config, "importers": [{"name": "bot.dialogue.importer.PlainLines"}]}), encoding="utf-8")
    return made


def main(out: Path) -> int:
    """Train into the file ``out``; what training needs later is made on a second core from the start."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as beside:
        beside.submit(make_kept)  # if it fails, it fails again where it is needed, and is told there
        return _train(out)


def _train(out: Path) -> int:
    _tell("starting Rasa", 0)
    from rasa.model_training import train
    from rasa.utils.log_utils import configure_structlog

    configure_structlog(logging.WARNING)

    from bot.language import encoder

    encoder.on_progress = lambda fraction: _tell("reading examples", 0.1 + 0.6 * fraction)
    result = train(
        domain=str(ROOT / "domain.yml"),
        config=str(_config(out.parent)),
        training_files=[str(ROOT / "data")],
        output=str(out.parent),
        fixed_model_name=out.name.removesuffix(".tar.gz"),
        force_training=True,
    )
    if result.code or not result.model:
        return 1
    _tell("trying it out", 0.95)
    return 0 if _answers(Path(result.model)) else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
