"""Sending to the web chat: there is nothing to send.

A message that is stored is announced by NOTIFY and read by the page: reading is delivery. Hence no Delivery rows, no
retries, and no delivery states for this channel; ``Conversation.seen_at`` says when the resident last looked.
"""

__all__ = ["READING_IS_DELIVERY"]

READING_IS_DELIVERY = True
