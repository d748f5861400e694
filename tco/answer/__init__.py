"""The answer to one scenario: every alternative worked out, compared, explained, and said."""
