"""What moves the answer, how sure it is, and many answers at once.

Scenarios and their answers enter; a cost is worked out below, never here.
"""
