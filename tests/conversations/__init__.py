"""Conversations on the running system, with the trained model."""
