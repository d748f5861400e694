"""A model server and its machine: started or attached to, watched, asked what they are.

Here lives everything that talks to the engine's process, to its HTTP pages or to the driver of the
accelerators. Loads are sent from `load`.
"""
