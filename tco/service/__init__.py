"""The planner for other programs: one table of tools, over HTTP and over MCP.

A request enters as a record, and the document that the command line prints leaves. Nothing here
works a figure out.
"""
