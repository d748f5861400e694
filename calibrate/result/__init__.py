"""What a run leaves: its record, its report, its advice; and points from elsewhere.

Everything here is worked out from files. Nothing here starts a server or sends a request.
"""
