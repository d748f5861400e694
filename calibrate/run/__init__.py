"""A run of a plan: points tried, judged and journalled, so that none is lost.

Here live the run's life from its first point to its verdict, and the rules a point is held against.
The fit and the record are made later, in `result`.
"""
