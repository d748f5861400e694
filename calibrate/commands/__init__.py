"""What the command line shows: arguments in, lines out, no figure worked out here.

A command imports what it needs when it is called, so that ``--help`` answers at once.
"""
