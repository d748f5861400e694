"""Points into a record: priors, least squares, errors, cross-validation.

Points enter, whoever measured them; nothing here starts a server or sends a request.
"""
