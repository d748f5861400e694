"""What is asked: a scenario, its traffic, options, hybrids and terms, and how it is read.

Pydantic for what comes from outside. Prices and machines stand here by name, or as the user's own.
"""
