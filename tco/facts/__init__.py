"""Names in a scenario into records: offers, machines, calibrations, costs with their sources.

Prices and machines are handed in as `Data`, once.
"""
