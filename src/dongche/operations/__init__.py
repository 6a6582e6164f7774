"""Running the house (运行): background workers and what they do daily, watching, keeping copies, what is unsafe.

It stands on all rooms, because it counts and copies what they hold; the pages and commands stand on it.
"""
