"""Inputs of the sidebar: one field for each value a scenario may hold."""
