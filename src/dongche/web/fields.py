"""Personal data at rest: encrypted text, and a keyed hash to find it by.

The key is settings.FIELD_KEY. The hash is keyed too, so that a stolen table cannot be searched by trying all phone
numbers without the key.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import models

# What an encrypted value begins with: says how it was written, so that another way can be added beside this one.
FORMAT = "1."
_NONCE = 12


@lru_cache(maxsize=32)  # more than there are purposes: deriving a key takes a twentieth of a second
def derived_key(key: str, purpose: bytes) -> bytes:
    return hashlib.scrypt(key.encode(), salt=b"dongche." + purpose, n=2**14, r=8, p=1, dklen=32)


@lru_cache(maxsize=4)
def _cipher(key: str) -> AESGCM:
    return AESGCM(derived_key(key, b"field"))


def encrypt(text: str) -> str:
    """This function will encrypt and authenticate a text with AES-256-GCM under a fresh nonce.

    Shape: "1." and base64 of nonce and ciphertext; the same text never gives the same token twice
    Empty: the empty text stays empty
    """
    if not text:
        return ""
    nonce = os.urandom(_NONCE)
    sealed = _cipher(settings.FIELD_KEY).encrypt(nonce, text.encode(), FORMAT.encode())
    return FORMAT + base64.b64encode(nonce + sealed).decode()


def decrypt(token: str) -> str:
    """The text again; an unreadable token (another key) is an error that says so, never an empty field."""
    if not token:
        return ""
    try:
        if not token.startswith(FORMAT):
            raise ValueError
        sealed = base64.b64decode(token[len(FORMAT) :], validate=True)
        return _cipher(settings.FIELD_KEY).decrypt(sealed[:_NONCE], sealed[_NONCE:], FORMAT.encode()).decode()
    except (InvalidTag, ValueError, binascii.Error):
        raise ValueError("a personal field was written with another DONGCHE_FIELD_KEY") from None


def keyed_digest(text: str, purpose: str) -> str:
    """A keyed hash of 40 characters for comparing values that must not be guessed from it."""
    key = derived_key(settings.FIELD_KEY, purpose.encode())
    return hashlib.blake2b(text.encode(), digest_size=20, key=key).hexdigest()


def keyed_mac(message: bytes, purpose: str) -> str:
    """Proof that a message was written by somebody who has the key: HMAC-SHA256 in 64 hexadecimal digits."""
    return hmac.digest(derived_key(settings.FIELD_KEY, purpose.encode()), message, "sha256").hex()


def search_hash(text: str) -> str:
    """A keyed hash under which an exact value can be looked up; empty for an empty value."""
    if not text:
        return ""
    return hmac.new(derived_key(settings.FIELD_KEY, b"search"), text.encode(), hashlib.sha256).hexdigest()[
        :32
    ]


class EncryptedTextField(models.TextField[Any, Any]):
    """Text that is readable in Python and ciphertext in the database. It cannot be filtered on: see search_hash."""

    def get_prep_value(self, value: Any) -> Any:
        return value if value is None else encrypt(str(value))

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return value if value is None else decrypt(value)


def masked_phone(phone: str) -> str:
    """The first three and last two digits; nothing of a number so short that these would be most of it.

    >>> masked_phone("13800001234"), masked_phone("8501")
    ('138******34', '****')
    """
    return "*" * len(phone) if len(phone) < 8 else f"{phone[:3]}{'*' * (len(phone) - 5)}{phone[-2:]}"


def masked_name(name: str) -> str:
    """The first character.

    >>> masked_name("李建国"), masked_name("")
    ('李**', '')
    """
    return name[:1] + "*" * max(1, min(len(name) - 1, 3)) if name else ""


def masked_number(number: str) -> str:
    """Of the number of a document the first six and last four characters when it is as long as an identity number,
    else the first and the last two; nothing of a short one.

    >>> masked_number("37029919900101123X"), masked_number("E12345678"), masked_number("E123")
    ('370299********123X', 'E1*****78', '****')
    """
    if len(number) >= 15:
        return f"{number[:6]}{'*' * (len(number) - 10)}{number[-4:]}"
    return "*" * len(number) if len(number) < 8 else f"{number[:2]}{'*' * (len(number) - 4)}{number[-2:]}"
