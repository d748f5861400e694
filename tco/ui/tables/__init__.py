"""Tables the page shows: text and figures of an answer, by name of their columns."""
