"""Personal data at rest: encrypted text, and a keyed hash to find it by.

The key is settings.FIELD_KEY. The hash is keyed too, so that a stolen table cannot be searched by trying all phone
numbers without the key.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.db import models


@lru_cache(maxsize=4)
def _derived(key: str, purpose: bytes) -> bytes:
    return hashlib.scrypt(key.encode(), salt=b"dongche." + purpose, n=2**14, r=8, p=1, dklen=32)


@lru_cache(maxsize=4)
def _fernet(key: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_derived(key, b"field")))


def encrypt(text: str) -> str:
    return _fernet(settings.FIELD_KEY).encrypt(text.encode()).decode() if text else ""


def decrypt(token: str) -> str:
    """The text again; an unreadable token (another key) is an error that says so, never an empty field."""
    if not token:
        return ""
    try:
        return _fernet(settings.FIELD_KEY).decrypt(token.encode()).decode()
    except InvalidToken:
        raise ValueError("a personal field was written with another DONGCHE_FIELD_KEY") from None


def search_hash(text: str) -> str:
    """A keyed hash under which an exact value can be looked up; empty for an empty value."""
    if not text:
        return ""
    return hmac.new(_derived(settings.FIELD_KEY, b"search"), text.encode(), hashlib.sha256).hexdigest()[:32]


class EncryptedTextField(models.TextField[Any, Any]):
    """Text that is readable in Python and ciphertext in the database. It cannot be filtered on: see search_hash."""

    def get_prep_value(self, value: Any) -> Any:
        return value if value is None else encrypt(str(value))

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return value if value is None else decrypt(value)


def masked_phone(phone: str) -> str:
    """The first three and last two digits.

    >>> masked_phone("13800001234")
    '138******34'
    """
    return phone if len(phone) < 6 else f"{phone[:3]}{'*' * (len(phone) - 5)}{phone[-2:]}"
