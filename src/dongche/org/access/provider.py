"""The systems with which officers may sign in, told to allauth: one OpenID Connect server, DingTalk, Feishu, WeCom.

allauth finds this file by its name. Addresses come from the settings, because governments run their own DingTalk and
WeCom. The three vendors say "no" inside an answer with status 200, so every answer is looked into.
Sources: the vendors' public descriptions of web sign-in (login.dingtalk.com/oauth2/auth with userAccessToken and
contact/users/me; authen/v1/authorize with authen/v2/oauth/token and authen/v1/user_info; wwlogin/sso/login with
gettoken and auth/getuserinfo), OpenID Connect Core 1.0 §3.1.
"""

from __future__ import annotations

import secrets
from typing import Any

import jwt
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.models import SocialToken
from allauth.socialaccount.providers.base import ProviderAccount
from allauth.socialaccount.providers.oauth2.client import OAuth2Client, OAuth2Error
from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider
from allauth.socialaccount.providers.oauth2.views import OAuth2Adapter
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import HttpRequest
from django.urls import reverse

# Signatures that anybody can check and only the server can make; a shared secret or none at all is no proof.
ALGORITHMS = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}


def asked(method: str, url: str, **more: Any) -> dict[str, Any]:
    """The answer of another system to a request, which must be an object and must not say that it refuses.

    Raises: OAuth2Error, requests.RequestException
    """
    with get_adapter().get_requests_session() as session:
        response = session.request(method, url, **more)
        response.raise_for_status()
        answer = response.json()
    if not isinstance(answer, dict):
        raise OAuth2Error("the answer is no object")
    refused = next(
        (answer[key] for key in ("errcode", "code") if answer.get(key) not in (None, 0, "0")), None
    )
    if refused is not None or "error" in answer:
        raise OAuth2Error(f"refused: {refused or answer.get('error')}")
    return answer


class OurAdapter(OAuth2Adapter):
    """Addresses from the settings, and one callback address for all."""

    @property
    def known(self) -> dict[str, Any]:
        return dict(self.get_provider().app.settings)

    @property
    def authorize_url(self) -> str:
        return f"{self.known['login_url']}{self.authorize_path}"

    @property
    def access_token_url(self) -> str:
        return f"{self.known['api_url']}{self.token_path}"

    authorize_path = token_path = ""

    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        return request.build_absolute_uri(reverse("access:sso-back", args=[app.provider_id or app.provider]))

    def parse_token(self, data: dict[str, Any]) -> SocialToken:
        return SocialToken(token=data["access_token"])


class OurProvider(OAuth2Provider):
    account_class = ProviderAccount

    def extract_extra_data(self, data: Any) -> dict[str, Any]:
        """Names, mobiles and pictures stay where they are: the identity alone is kept."""
        return {}


class OpenIDConnectAdapter(OpenIDConnectOAuth2Adapter):
    get_callback_url = OurAdapter.get_callback_url

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **more: Any) -> Any:
        """Only the signed identity token counts; what the server says beside it is not needed."""
        given = more["response"].get("id_token")
        if not given:
            raise OAuth2Error("no id_token")
        claims = self._claims(app, given)
        login = self.get_provider().sociallogin_from_response(request, {"id_token": claims})
        login.nonce = claims.get("nonce")
        return login

    def _claims(self, app: Any, id_token: str) -> dict[str, Any]:
        try:
            if jwt.get_unverified_header(id_token).get("alg") not in ALGORITHMS:
                raise OAuth2Error("signature of a kind that is not accepted")
            claims = jwtkit.verify_and_decode(
                credential=id_token,
                keys_url=self.openid_config["jwks_uri"],
                issuer=self.openid_config["issuer"],
                audience=app.client_id,
                lookup_kid=jwtkit.lookup_kid_jwk,
            )
        except (jwt.PyJWTError, KeyError, TypeError, ValueError) as error:
            raise OAuth2Error("invalid id_token") from error
        if "exp" not in claims or claims.get("azp", app.client_id) != app.client_id:
            raise OAuth2Error("id_token for somebody else, or for ever")
        return dict(claims)


class OpenIDConnect(OpenIDConnectProvider):
    oauth2_adapter_class = OpenIDConnectAdapter
    pkce_enabled_default = True
    extract_extra_data = OurProvider.extract_extra_data

    def get_default_scope(self) -> list[str]:
        return ["openid"] if self.app.settings["uid_field"] == "sub" else ["openid", "profile"]

    def redirect(
        self, request: HttpRequest, process: str, next_url: str | None = None, data: Any = None, **more: Any
    ) -> Any:
        """A nonce ties the identity token to this browser's session."""
        nonce = secrets.token_urlsafe(24)
        params = {**self.get_auth_params(), "nonce": nonce}
        return super().redirect(request, process, next_url, data, auth_params=params, nonce=nonce, **more)


class DingTalkClient(OAuth2Client):
    def get_access_token(self, code: str, pkce_code_verifier: str | None = None) -> dict[str, Any]:
        answer = asked(
            "POST",
            self.access_token_url,
            json={
                "clientId": self.consumer_key,
                "clientSecret": self.consumer_secret,
                "code": code,
                "grantType": "authorization_code",
            },
        )
        return {"access_token": answer["accessToken"]}


class DingTalkAdapter(OurAdapter):
    provider_id = "dingtalk"
    client_class = DingTalkClient
    authorize_path, token_path = "/oauth2/auth", "/v1.0/oauth2/userAccessToken"

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **more: Any) -> Any:
        answer = asked(
            "GET",
            f"{self.known['api_url']}/v1.0/contact/users/me",
            headers={"x-acs-dingtalk-access-token": token.token},
        )
        return self.get_provider().sociallogin_from_response(request, answer)


class DingTalk(OurProvider):
    id = "dingtalk"
    name = "DingTalk"
    oauth2_adapter_class = DingTalkAdapter

    def extract_uid(self, data: dict[str, Any]) -> str:
        return str(data["unionId"])

    def get_default_scope(self) -> list[str]:
        return ["openid"]

    def get_auth_params(self) -> dict[str, Any]:
        return {"prompt": "consent"}


class FeishuClient(OAuth2Client):
    def get_access_token(self, code: str, pkce_code_verifier: str | None = None) -> dict[str, Any]:
        return asked(
            "POST",
            self.access_token_url,
            json={
                "grant_type": "authorization_code",
                "client_id": self.consumer_key,
                "client_secret": self.consumer_secret,
                "code": code,
                "redirect_uri": self.callback_url,
                "code_verifier": pkce_code_verifier,
            },
        )


class FeishuAdapter(OurAdapter):
    provider_id = "feishu"
    client_class = FeishuClient
    authorize_path = "/open-apis/authen/v1/authorize"
    token_path = "/open-apis/authen/v2/oauth/token"  # noqa: S105 – an address

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **more: Any) -> Any:
        answer = asked(
            "GET",
            f"{self.known['api_url']}/open-apis/authen/v1/user_info",
            headers={"Authorization": f"Bearer {token.token}"},
        )
        return self.get_provider().sociallogin_from_response(request, answer["data"])


class Feishu(OurProvider):
    id = "feishu"
    name = "Feishu"
    oauth2_adapter_class = FeishuAdapter
    pkce_enabled_default = True

    def extract_uid(self, data: dict[str, Any]) -> str:
        return str(data["open_id"])


class WeComClient(OAuth2Client):
    def get_redirect_url(self, authorization_url: str, scope: Any, extra_params: dict[str, Any]) -> str:
        extra = {"appid": self.consumer_key, **extra_params}
        return str(super().get_redirect_url(authorization_url, scope, extra))

    def get_access_token(self, code: str, pkce_code_verifier: str | None = None) -> dict[str, Any]:
        """The token is the application's, not the officer's; whose code it is, `getuserinfo` says."""
        return asked(
            "GET",
            self.access_token_url,
            params={"corpid": self.consumer_key, "corpsecret": self.consumer_secret},
        )


class WeComAdapter(OurAdapter):
    provider_id = "wecom"
    client_class = WeComClient
    authorize_path, token_path = "/wwlogin/sso/login", "/cgi-bin/gettoken"

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **more: Any) -> Any:
        answer = asked(
            "GET",
            f"{self.known['api_url']}/cgi-bin/auth/getuserinfo",
            params={"access_token": token.token, "code": request.GET["code"]},
        )
        return self.get_provider().sociallogin_from_response(request, answer)


class WeCom(OurProvider):
    """WeCom (企业微信): members of one corporation, by the user id that its directory gives them."""

    id = "wecom"
    name = "WeCom"
    oauth2_adapter_class = WeComAdapter

    def extract_uid(self, data: dict[str, Any]) -> str:
        """Somebody from outside the corporation has no user id and is refused. WeCom does not tell capitals apart."""
        return str(data["userid"]).casefold()

    def get_auth_params(self) -> dict[str, Any]:
        return {"login_type": "CorpApp", "agentid": self.app.settings["agent_id"]}


provider_classes = [OpenIDConnect, DingTalk, Feishu, WeCom]
