"""Facts with a source and an expiry date."""

from .book import FACTS_FILE, Fact, all_facts, load_facts, set_local_source, tellable, told_facts

__all__ = ["FACTS_FILE", "Fact", "all_facts", "load_facts", "set_local_source", "tellable", "told_facts"]
