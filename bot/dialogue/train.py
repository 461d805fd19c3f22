"""``python -m bot.dialogue.train FILE``: train a model, load it, and have it answer a probe. Exit 1 when any of it fails."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

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


def main(out: Path) -> int:
    """Train into the file ``out``."""
    _tell("starting Rasa", 0)
    from rasa.model_training import train
    from rasa.utils.log_utils import configure_structlog

    configure_structlog(logging.WARNING)

    from bot.language import encoder

    encoder.on_progress = lambda fraction: _tell("reading examples", 0.1 + 0.6 * fraction)
    result = train(
        domain=str(ROOT / "domain.yml"),
        config=str(ROOT / "config.yml"),
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
