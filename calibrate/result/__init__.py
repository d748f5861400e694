"""What a run leaves: its record, its report, its advice; and points from elsewhere."""
