"""Plans and job files for a model on an accelerator."""
