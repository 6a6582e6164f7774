"""What allauth asks us: where a client is, how secrets are kept, what to do with an identity of another system.

allauth brings the protocols. Its pages, its sign-up, its mail and its way of signing people in are not used: every one
of its flows ends in `flow` or in a Problem.
"""

from __future__ import annotations

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.http import HttpRequest
from django.utils.translation import gettext

from dongche.org.access import sso
from dongche.web import fields, problems
from dongche.web.origin import client_address

logger = logging.getLogger("dongche.org.access")
UNKNOWN_ADDRESS = "::"


class AccountAdapter(DefaultAccountAdapter):
    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request) or UNKNOWN_ADDRESS

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


class MFAAdapter(DefaultMFAAdapter):
    """Secrets are kept like all personal fields: encrypted under the key of this installation."""

    def encrypt(self, text: str) -> str:
        return fields.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return fields.decrypt(encrypted_text)

    def _get_site_name(self) -> str:
        return gettext("Dongche")

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Officers need no mail address; what changes is in the audit log."""


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """The other system has proved an identity; from here on it is our own flow, never allauth's."""
        raise ImmediateHttpResponse(sso.proved(request, sociallogin))

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: Any = None,
    ) -> None:
        logger.warning(
            "org.sso.refused provider=%s error=%s cause=%s", provider.sub_id, error, type(exception).__name__
        )
        raise ImmediateHttpResponse(problems.respond(request, sso.refusal(provider.sub_id, error, exception)))

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def populate_user(self, request: HttpRequest, sociallogin: Any, data: Any) -> Any:
        """Nothing of the other system is copied into an officer."""
        return sociallogin.user
