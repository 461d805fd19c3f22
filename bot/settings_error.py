"""The one error of the settings module, importable without reading any setting."""

__all__ = ["SettingsError"]


class SettingsError(Exception):
    """A setting is wrong. Correct it in the environment or in .env and start again."""
