"""What users measured themselves: benchmarks of their tasks, token ratios of their texts.

Files that a user gives enter; prices and machines do not.
"""
