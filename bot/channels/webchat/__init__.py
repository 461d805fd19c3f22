"""The built-in chat: a page at /chat/ and the JSON it lives on."""
