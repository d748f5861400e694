"""Plans for a model on an accelerator, and the job files that run them.

Here lives what is decided before anything is measured. Nothing here talks to a server.
"""
