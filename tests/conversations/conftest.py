"""The fixtures ``system`` and ``resident`` come from tests/system.py: one running system serves the browser tests too."""
