"""Another system on this machine: an OpenID Connect server, DingTalk, Feishu and WeCom, strict as they are.

It runs in a thread with real HTTP, real signatures and codes that work once. `server.next` changes what the next
answers are: {"claims": {...}}, {"sign": "other"|"none"|"hs256"}, {"token": (status, body)}, {"deny": True},
{"down": True}.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

CLIENT, SECRET = "dongche-test", "a secret of the client"
AGENT = "1000002"


def b64(data: bytes | dict[str, Any]) -> str:
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class Handler(BaseHTTPRequestHandler):
    server: IdentityServer

    def log_message(self, *given: Any) -> None:
        """Tests read answers, not logs."""

    def do_GET(self) -> None:
        self.handle_one("GET", {})

    def do_POST(self) -> None:
        text = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        is_json = "json" in self.headers.get("Content-Type", "")
        self.handle_one("POST", json.loads(text) if is_json else dict(parse_qsl(text)))

    def handle_one(self, method: str, body: dict[str, Any]) -> None:
        parts = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(parts.query, keep_blank_values=True).items()}
        route = getattr(self.server, ROUTES.get((method, parts.path), "missing"))
        status, answer = route(query, body, self.headers)
        if status == 302:
            self.send_response(302)
            self.send_header("Location", answer)
            self.end_headers()
            return
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


ROUTES = {
    ("GET", "/.well-known/openid-configuration"): "discovery",
    ("GET", "/keys"): "keys",
    ("GET", "/authorize"): "authorize",
    ("POST", "/token"): "oidc_token",
    ("GET", "/oauth2/auth"): "dingtalk_authorize",
    ("POST", "/v1.0/oauth2/userAccessToken"): "dingtalk_token",
    ("GET", "/v1.0/contact/users/me"): "dingtalk_me",
    ("GET", "/open-apis/authen/v1/authorize"): "authorize",
    ("POST", "/open-apis/authen/v2/oauth/token"): "feishu_token",
    ("GET", "/open-apis/authen/v1/user_info"): "feishu_me",
    ("GET", "/wwlogin/sso/login"): "wecom_authorize",
    ("GET", "/cgi-bin/gettoken"): "wecom_token",
    ("GET", "/cgi-bin/auth/getuserinfo"): "wecom_me",
}
Answer = tuple[int, Any]


class IdentityServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.other_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.codes: dict[str, dict[str, str]] = {}
        self.tokens: dict[str, str] = {}
        self.person = "person-1"
        self.next: dict[str, Any] = {}

    def app(self, key: str) -> dict[str, Any]:
        """What the settings say about this server in one of its roles."""
        settings: dict[str, str] = {"login_url": self.url, "api_url": self.url}
        if key == "oidc":
            settings = {"server_url": self.url, "uid_field": "sub"}
        if key == "wecom":
            settings["agent_id"] = AGENT
        app: dict[str, Any] = {"client_id": CLIENT, "secret": SECRET, "settings": settings}
        return app | ({"name": "区统一认证"} if key == "oidc" else {})

    def missing(self, *given: Any) -> Answer:
        return 404, {}

    # -- going there ---------------------------------------------------------------------------------------------

    def _consented(self, query: dict[str, str], name: str = "code") -> Answer:
        back = {"state": query["state"]}
        if self.next.get("deny"):
            return 302, f"{query['redirect_uri']}?{urlencode(back | {'error': 'access_denied'})}"
        code = secrets.token_urlsafe(16)
        self.codes[code] = {**query, "person": self.person}
        return 302, f"{query['redirect_uri']}?{urlencode(back | {name: code})}"

    def authorize(self, query: dict[str, str], *_: Any) -> Answer:
        assert (query["client_id"], query["response_type"]) == (CLIENT, "code")
        assert (query["code_challenge_method"], len(query["code_challenge"])) == ("S256", 43)
        return self._consented(query)

    def dingtalk_authorize(self, query: dict[str, str], *_: Any) -> Answer:
        assert (query["client_id"], query["scope"], query["prompt"]) == (CLIENT, "openid", "consent")
        return self._consented(query, "authCode")

    def wecom_authorize(self, query: dict[str, str], *_: Any) -> Answer:
        assert (query["appid"], query["agentid"], query["login_type"]) == (CLIENT, AGENT, "CorpApp")
        return self._consented(query)

    # -- what the server of ours asks ----------------------------------------------------------------------------

    def _asked(self, body: dict[str, Any], verified: bool) -> dict[str, str] | None:
        """What was consented to for a code: once, and only to whoever holds the verifier of its challenge."""
        known = self.codes.pop(body.get("code", ""), None)
        if known is None or not verified:
            return known
        digest = hashlib.sha256(body["code_verifier"].encode("ascii")).digest()
        return known if b64(digest) == known["code_challenge"] else None

    def _granted(self, known: dict[str, str]) -> str:
        token = secrets.token_urlsafe(16)
        self.tokens[token] = known["person"]
        return token

    def discovery(self, *_: Any) -> Answer:
        if self.next.get("down"):
            return 503, {}
        return 200, {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/missing",
            "jwks_uri": f"{self.url}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }

    def keys(self, *_: Any) -> Answer:
        public = self.key.public_key().public_numbers()
        numbers = {"n": public.n, "e": public.e}
        words = {
            name: b64(value.to_bytes((value.bit_length() + 7) // 8, "big")) for name, value in numbers.items()
        }
        return 200, {"keys": [{"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "k1", **words}]}

    def oidc_token(self, _: Any, body: dict[str, Any], headers: Any) -> Answer:
        if "token" in self.next:
            return self.next["token"]
        known = self._asked(body, verified=True)
        if known is None or (body["client_id"], body["client_secret"]) != (CLIENT, SECRET):
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {
            "iss": self.url, "aud": CLIENT, "sub": known["person"], "nonce": known["nonce"], "iat": now, "exp": now + 60,
        } | self.next.get("claims", {})  # fmt: skip
        claims = {key: value for key, value in claims.items() if value is not None}
        return 200, {
            "access_token": self._granted(known),
            "token_type": "Bearer",
            "id_token": self.signed(claims),
        }

    def signed(self, claims: dict[str, Any]) -> str:
        how = self.next.get("sign", "")
        header = {"alg": {"none": "none", "hs256": "HS256"}.get(how, "RS256"), "kid": "k1", "typ": "JWT"}
        text = f"{b64(header)}.{b64(claims)}"
        if how == "none":
            return f"{text}."
        if how == "hs256":
            return f"{text}.{b64(hashlib.sha256(text.encode()).digest())}"
        key = self.other_key if how == "other" else self.key
        return f"{text}.{b64(key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}"

    def dingtalk_token(self, _: Any, body: dict[str, Any], headers: Any) -> Answer:
        known = self._asked(body, verified=False)
        if "token" in self.next:
            return self.next["token"]
        if known is None or (body["clientId"], body["clientSecret"]) != (CLIENT, SECRET):
            return 400, {"code": "invalidParameter.authCode.notFound", "message": "no such code"}
        return 200, {"accessToken": self._granted(known), "refreshToken": "r", "expireIn": 7200}

    def dingtalk_me(self, _: Any, body: Any, headers: Any) -> Answer:
        person = self.tokens.get(headers.get("x-acs-dingtalk-access-token", ""))
        if person is None:
            return 401, {"code": "Forbidden.AccessDenied"}
        return 200, {"nick": "小明", "mobile": "19900000001", "openId": f"open-{person}", "unionId": person}

    def feishu_token(self, _: Any, body: dict[str, Any], headers: Any) -> Answer:
        if "token" in self.next:
            return self.next["token"]
        known = self._asked(body, verified=True)
        if known is None or (body["client_id"], body["client_secret"]) != (CLIENT, SECRET):
            return 400, {"code": 20003, "error": "invalid_grant", "error_description": "bad code"}
        return 200, {
            "code": 0,
            "access_token": self._granted(known),
            "token_type": "Bearer",
            "expires_in": 7200,
        }

    def feishu_me(self, _: Any, body: Any, headers: Any) -> Answer:
        person = self.tokens.get(headers.get("Authorization", "").removeprefix("Bearer "))
        if person is None or self.next.get("refuse_me"):
            return 200, {"code": 20005, "msg": "The access token passed is invalid."}
        return 200, {"code": 0, "msg": "success", "data": {"open_id": person, "name": "小明"}}

    def wecom_token(self, query: dict[str, str], *_: Any) -> Answer:
        if (query.get("corpid"), query.get("corpsecret")) != (CLIENT, SECRET) or "token" in self.next:
            return self.next.get("token", (200, {"errcode": 40001, "errmsg": "invalid credential"}))
        token = secrets.token_urlsafe(16)
        self.tokens[token] = "application"
        return 200, {"errcode": 0, "errmsg": "ok", "access_token": token, "expires_in": 7200}

    def wecom_me(self, query: dict[str, str], *_: Any) -> Answer:
        known = self.codes.pop(query.get("code", ""), None)
        if self.tokens.get(query.get("access_token", "")) != "application" or known is None:
            return 200, {"errcode": 40029, "errmsg": "invalid code"}
        if self.next.get("stranger"):
            return 200, {"errcode": 0, "errmsg": "ok", "openid": "o-stranger"}
        return 200, {"errcode": 0, "errmsg": "ok", "userid": known["person"]}


@contextmanager
def serving() -> Iterator[IdentityServer]:
    server = IdentityServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
