"""Usage that a user's logs, exports and invoices tell: read, priced exactly, made a question of.

Files enter, and sums over their rows leave; what requests said is never read. DuckDB adds up whole
numbers, and the package `pricing` prices the sums.
"""
