"""The answer as files for other programs and for paper: workbook, forecast, report.

A finished answer enters and is written down; nothing is worked out again.
"""
