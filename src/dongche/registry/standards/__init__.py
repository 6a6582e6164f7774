"""What the state has defined about places: industries, size classes, above-scale classes, nine small venues.

Dated tables in YAML, each with its source, and pure functions that read them as of a day.
"""
