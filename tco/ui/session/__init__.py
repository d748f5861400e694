"""What a visitor's session keeps: the question, its answers, the shelf, who signed in."""
