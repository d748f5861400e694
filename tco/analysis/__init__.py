"""What moves the answer, how sure it is, and many answers at once."""
