"""Telegram: updates by webhook or long polling in, messages by python-telegram-bot's ``Bot`` out."""
