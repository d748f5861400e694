"""What to measure: the server to start and the loads to put on it, read from a plan."""
