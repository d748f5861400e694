"""What the command line of the calibration does."""
