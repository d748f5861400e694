"""Requests a second within the latency objective, and the fleet that carries the traffic.

No prices: only machines, how they are held, and how busy they are.
"""
