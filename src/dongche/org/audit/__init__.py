"""Every write is an action: it has `by` and `at`, one transaction, and at least one entry in the audit log inside it.

`deeds` is what actions use. `chain` is how an entry is sealed to the one before it, `checking` finds what was tampered
with, `retention` takes the oldest entries into a sealed file.
"""

from dongche.org.audit.deeds import CHANGED, HIDDEN, Actor, System, action, record, together

__all__ = ["CHANGED", "HIDDEN", "Actor", "System", "action", "record", "together"]
