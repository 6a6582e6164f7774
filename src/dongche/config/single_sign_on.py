"""Which other systems may sign officers in: read from the environment, told to allauth in its own words.

A system is offered when its application is named; a name without its secret stops the start.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured

from dongche.config.environment import env_secret, env_text


def described() -> dict[str, dict[str, Any]]:
    """Key of a system → what allauth calls an app.

    Empty: no system is configured
    Raises: ImproperlyConfigured
    """
    found: dict[str, dict[str, Any]] = {}
    if server := env_text("DONGCHE_OIDC_SERVER").rstrip("/"):
        client = env_text("DONGCHE_OIDC_CLIENT_ID")
        _require("DONGCHE_OIDC_CLIENT_ID", client)
        found["oidc"] = {
            "name": env_text("DONGCHE_OIDC_NAME", "OpenID Connect"),
            "client_id": client,
            "secret": _secret("DONGCHE_OIDC_SECRET", env_secret("DONGCHE_OIDC_SECRET")),
            "settings": {"server_url": server, "uid_field": env_text("DONGCHE_OIDC_CLAIM", "sub")},
        }
    if client := env_text("DONGCHE_DINGTALK_CLIENT_ID"):
        found["dingtalk"] = {
            "client_id": client,
            "secret": _secret("DONGCHE_DINGTALK_SECRET", env_secret("DONGCHE_DINGTALK_SECRET")),
            "settings": {
                "login_url": env_text("DONGCHE_DINGTALK_LOGIN_URL", "https://login.dingtalk.com").rstrip("/"),
                "api_url": env_text("DONGCHE_DINGTALK_API_URL", "https://api.dingtalk.com").rstrip("/"),
            },
        }
    if client := env_text("DONGCHE_FEISHU_CLIENT_ID"):
        found["feishu"] = {
            "client_id": client,
            "secret": _secret("DONGCHE_FEISHU_SECRET", env_secret("DONGCHE_FEISHU_SECRET")),
            "settings": {
                "login_url": env_text("DONGCHE_FEISHU_LOGIN_URL", "https://accounts.feishu.cn").rstrip("/"),
                "api_url": env_text("DONGCHE_FEISHU_API_URL", "https://open.feishu.cn").rstrip("/"),
            },
        }
    if corporation := env_text("DONGCHE_WECOM_CORP_ID"):
        agent = env_text("DONGCHE_WECOM_AGENT_ID")
        _require("DONGCHE_WECOM_AGENT_ID", agent)
        found["wecom"] = {
            "client_id": corporation,
            "secret": _secret("DONGCHE_WECOM_SECRET", env_secret("DONGCHE_WECOM_SECRET")),
            "settings": {
                "agent_id": agent,
                "login_url": env_text("DONGCHE_WECOM_LOGIN_URL", "https://login.work.weixin.qq.com").rstrip(
                    "/"
                ),
                "api_url": env_text("DONGCHE_WECOM_API_URL", "https://qyapi.weixin.qq.com").rstrip("/"),
            },
        }
    for key, app in found.items():
        _require_addresses(key, app["settings"])
    return found


def for_allauth(systems: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The same as SOCIALACCOUNT_PROVIDERS."""
    return {
        "openid_connect" if key == "oidc" else key: {
            "APPS": [{"provider_id": key, "name": key, **app} if key == "oidc" else {"name": key, **app}]
        }
        for key, app in systems.items()
    }


def _secret(name: str, given: str | None) -> str:
    _require(name, given)
    return given or ""


def _require(name: str, given: str | None) -> None:
    if not given:
        raise ImproperlyConfigured(
            f"{name} is missing: single sign-on needs it beside the others of its kind."
        )


def _require_addresses(key: str, given: dict[str, str]) -> None:
    for name in ("server_url", "login_url", "api_url"):
        address = given.get(name, "https://")
        is_near = address.startswith(("http://127.0.0.1", "http://localhost"))
        if not address.startswith("https://") and not is_near:
            variable = f"DONGCHE_{key.upper()}_{'SERVER' if name == 'server_url' else name.upper()}"
            raise ImproperlyConfigured(
                f"{variable}={address!r}: expected an address that begins with https://."
            )
