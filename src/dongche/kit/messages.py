"""Marks a message id where it stands, to be translated where it is shown."""


def N_(text: str) -> str:
    """The text itself; extraction of translations looks for this name."""
    return text
