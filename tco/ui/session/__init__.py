"""What a visitor's session keeps: the question, its answers, the store, who signed in."""
