"""The answer to one scenario: every alternative worked out, compared, explained, and said.

Everything below enters, by way of a scenario and its `Data`; how it is shown does not matter here.
"""
