"""Pages at the door and of one's own account."""

from dongche.org.access.views import account, codes, invitation, passkeys, sign_in, single_sign_on, totp

__all__ = ["account", "codes", "invitation", "passkeys", "sign_in", "single_sign_on", "totp"]
