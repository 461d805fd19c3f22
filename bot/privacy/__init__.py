"""Masking, encrypted fields, logs without residents' words, and the wipe.

Fields, logs and the wipe are imported from their modules: masking needs no Django.
"""

from .mask import KINDS, Found, Masked, clean

__all__ = ["KINDS", "Found", "Masked", "clean"]
