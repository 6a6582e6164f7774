"""Identifiers."""

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_code() -> str:
    """An unguessable code for addresses and QR codes: 130 random bits in Crockford's base 32."""
    return "".join(secrets.choice(ALPHABET) for _ in range(26))
