"""How communities would be cut into grids: the case read from rows, solved, edited and shown. Nothing in here writes.

`case` reads ground and places of a day, `plan` asks the solver and weighs edits, `showing` makes values for pages.
"""
