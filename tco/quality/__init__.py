"""Both sides on your own tasks: asked, scored, priced, compared.

Task files, endpoints and logs of evaluations enter; prices are asked for, and nothing here decides
which alternative wins. Inspect runs and scores; what needs it is imported when a run begins.
"""
