"""Requests sent to a server, and every answer timed."""
