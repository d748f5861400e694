"""Words and figures as people read them: numbers, plain text, terms, duties.

The only room that formats a number. It knows nothing of a scenario or an answer.
"""
