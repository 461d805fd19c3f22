"""WhatsApp: webhooks of the Cloud API in by our own parser, messages by pywa's client out."""
