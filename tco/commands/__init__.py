"""What the command line shows: its sub-commands, tables and documents.

Typed arguments enter, and documents or tables for a terminal leave; no figure is worked out here.
"""
