"""The arithmetic: plain numbers in, plain numbers out.

Files, dates, records and tables stay outside; chance and every constant come as arguments.
"""
