"""Turns measured load points into calibration records with a stated error."""
