"""Imports inside functions: nothing reads them before somebody runs that function."""

import ast
import symtable
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OURS = ("bot", "actions", "bench", "tests")


def _imported_from(file: Path, node: ast.ImportFrom) -> Path:
    above = list(file.relative_to(ROOT).with_suffix("").parts)[: -node.level] if node.level else []
    return ROOT.joinpath(*above, *(node.module or "").split("."))


@cache
def _names(module: Path) -> frozenset[str]:
    """What a module or package binds, without running it."""
    file = next((f for f in (module / "__init__.py", module.with_suffix(".py")) if f.exists()), None)
    if file is None:
        return frozenset()
    found = symtable.symtable(file.read_text(encoding="utf-8"), str(file), "exec").get_symbols()
    return frozenset(s.get_name() for s in found if s.is_assigned() or s.is_imported() or s.is_namespace())


def _is_there(module: Path, name: str) -> bool:
    return name in _names(module) or (module / name).is_dir() or (module / f"{name}.py").exists()


@pytest.mark.parametrize("folder", OURS)
def test_what_is_imported_from_ours_exists(folder):
    """A command kept importing a helper that had moved, and no test ran it."""
    missing = []
    for file in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.level or (node.module or "").partition(".")[0] in OURS):
                module = _imported_from(file, node)
                missing += [f"{file}:{node.lineno}: {a.name}" for a in node.names if not _is_there(module, a.name)]
    assert missing == []
