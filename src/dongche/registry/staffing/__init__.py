"""Who should serve which place: the case read from rows, solved, and shown. Nothing in here writes.

`case` reads workers and places of a day, `plan` asks the solver, `showing` makes values for pages and files.
"""
