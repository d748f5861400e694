"""Requests sent to a server, and every answer timed.

Here live the load generators and the rows they return. Whether a row counts is decided in `run`.
"""
