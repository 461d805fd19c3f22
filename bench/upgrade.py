"""From an earlier version to this one without a gap: its processes run, the tables change under them, each is replaced.

    uv run python bench/upgrade.py ea585a2        (any commit with deploy/compose.yml)

Old and new run side by side as containers would, on one PostgreSQL, while a resident writes. Fails when a message is lost,
doubled, answered out of order, or taken by nobody for a moment. The old version runs with this checkout's packages.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.faults.rolling import Cluster, replace_each
from tests.running import free_port


def checkout(ref: str, folder: Path) -> Path:
    """That version with a model of its own."""
    old = folder / "old"
    subprocess.run(["git", "clone", "-q", str(ROOT), str(old)], check=True)
    subprocess.run(["git", "checkout", "-q", ref], cwd=old, check=True)
    shutil.copytree(ROOT / "var" / "cache", old / "var" / "cache")
    env = {**os.environ, "PYTHONPATH": str(old), "AANSPRAAK_VAR": str(old / "var")}
    prepare = "from pathlib import Path; from bot.training import ensure_model; ensure_model(Path('var'))"
    subprocess.run([sys.executable, "-c", prepare], cwd=old, env=env, check=True)
    return old


def main() -> None:
    """Start the old one, replace it, and say how it went."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ref")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="aanspraak-upgrade-") as name, free_port() as port:
        old = checkout(asked.ref, Path(name))
        cluster = Cluster(Path(name) / "cluster", port)
        try:
            replace_each(cluster, old)
        finally:
            cluster.close()
    print("every process replaced: nothing lost, doubled or out of order, and no gap")


if __name__ == "__main__":
    main()
