"""When Python looks for garbage."""

import gc

__all__ = ["freeze"]

# Python's own (700, 10, 10) suit short programs: a turn makes some thousands of objects that are gone without being looked for.
_OFTEN = (20_000, 20, 50)


def freeze() -> None:
    """What is loaded now stays: looking through all of it for garbage held the desk's list up by some 150 ms, again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_OFTEN)
