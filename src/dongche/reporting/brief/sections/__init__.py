"""The sections of the daily brief, one function each: `section(context) -> Section | None`.

settings.BRIEF_SECTIONS lists them in order. A room that gets records of its own adds its section there.
"""
