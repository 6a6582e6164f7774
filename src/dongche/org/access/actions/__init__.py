"""Every security event: signing in and out, locks, passwords, factors, sessions, identities, invitations, tokens."""

from dongche.org.access.actions.factors import (
    FactorKept,
    FactorNeeded,
    NoFactor,
    ReasonMissing,
    add_passkey,
    add_totp,
    remove_factor,
    rename_passkey,
    renew_recovery_codes,
    reset_second_factor,
)
from dongche.org.access.actions.identities import IdentityTaken, link_identity, unlink_identity
from dongche.org.access.actions.invitations import (
    InvitationOver,
    accept_invitation,
    invite,
    withdraw_invitation,
)
from dongche.org.access.actions.passwords import (
    SamePassword,
    WrongPassword,
    change_password,
    give_password,
    require_new_password,
)
from dongche.org.access.actions.screens import (
    ScreenClosed,
    ScreenCodeOver,
    TooManyScreens,
    close_screen,
    open_screen,
    pair_screen,
)
from dongche.org.access.actions.sessions import (
    NotLocked,
    end_other_sessions,
    end_session,
    lock_sign_in,
    sign_in,
    sign_out,
    unlock,
)
from dongche.org.access.actions.tokens import TokenRevoked, TooManyTokens, issue_token, revoke_token

__all__ = [
    "FactorKept",
    "FactorNeeded",
    "IdentityTaken",
    "InvitationOver",
    "NoFactor",
    "NotLocked",
    "ReasonMissing",
    "SamePassword",
    "ScreenClosed",
    "ScreenCodeOver",
    "TokenRevoked",
    "TooManyScreens",
    "TooManyTokens",
    "WrongPassword",
    "accept_invitation",
    "add_passkey",
    "add_totp",
    "change_password",
    "close_screen",
    "end_other_sessions",
    "end_session",
    "give_password",
    "invite",
    "issue_token",
    "link_identity",
    "lock_sign_in",
    "open_screen",
    "pair_screen",
    "remove_factor",
    "rename_passkey",
    "renew_recovery_codes",
    "require_new_password",
    "reset_second_factor",
    "revoke_token",
    "sign_in",
    "sign_out",
    "unlink_identity",
    "unlock",
    "withdraw_invitation",
]  # fmt: skip
