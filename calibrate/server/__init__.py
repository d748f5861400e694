"""A model server: started or attached to, watched, asked for its counters."""
