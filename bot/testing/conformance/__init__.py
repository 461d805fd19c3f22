"""Run a folder of webhook bodies and provider answers against the real channels, with fakes of everything outside.

The folder's form: ``META.json`` (secrets and ids), ``index.jsonl`` (a case a line), ``api_responses.jsonl`` (an answer to
one of our sends a line), and the bodies that the cases name.
"""
