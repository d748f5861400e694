"""What the planner answers with: bills of lines, break-evens, appraisals, the verdict.

Frozen dataclasses of what was computed; nothing here computes more than a sum.
"""
