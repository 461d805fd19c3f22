"""The desk's views, by what they are about."""
