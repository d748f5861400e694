"""The answer as files for other programs and for paper: workbook, forecast, report."""
