"""People of a place: a row read, compared with what is known, counted, and brought in from a roster (花名册).

`words` knows how people write where somebody came from and with which document; `rows` reads one row; `values` says
what a row may fill and what is kept beside it. The writes are `registry.actions.people`.
"""
