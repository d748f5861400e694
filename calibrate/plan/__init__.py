"""What to measure: the server to start and the loads to put on it, read from a plan.

Here live typed settings and limits, as the user may write them. Nothing here starts, sends or fits.
"""
