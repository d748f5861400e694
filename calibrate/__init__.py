"""From a plan to a record of how quickly a replica serves, measured or from published points.

Rooms, from the bottom up: `fitting` (points into parameters), `plan` (what to measure), `server`
(what is measured), `load` (what is sent), `run` (points tried and judged), `propose` (plans and
job files), `result` (records and reports), `commands` (the command line). Each imports only those
before it. The planner reads the record and imports nothing from here.
"""
