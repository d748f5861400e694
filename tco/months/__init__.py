"""The horizon: prices that move, fleets that grow, cash that flows, and what it is worth.

The bills of one month enter, with what changes them; which alternative wins is decided above.
"""
