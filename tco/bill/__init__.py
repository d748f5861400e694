"""What a month costs, line by line: APIs, own servers, hybrids, and who may take part.

Offers, machines and the fleets of `serving` enter, for one month; later months are no matter here.
"""
