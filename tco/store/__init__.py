"""Scenarios that last: named, versioned, annotated, signed off, and logged.

Scenarios and their answers enter. SQLite in a file of this user by default, PostgreSQL by its
address; needs the ``app`` extra.
"""
