"""Addresses at the door and of one's own account. Only what is listed here exists; allauth's own addresses do not."""

from django.urls import path

from dongche.org.access.views import (
    account,
    codes,
    invitation,
    passkeys,
    screens,
    sign_in,
    single_sign_on,
    tokens,
    totp,
)

app_name = "access"
urlpatterns = [
    path("sign-in/code/", sign_in.code, name="code"),
    path("sign-in/passkey/", sign_in.passkey, name="passkey-sign-in"),
    path("sign-in/passkey/begin/", sign_in.begin_passkey, name="passkey-sign-in-begin"),
    path("sign-in/with/<slug:key>/", single_sign_on.begin, name="sso"),
    path("sign-in/with/<slug:key>/back/", single_sign_on.back, name="sso-back"),
    path("invite/<str:code>/", invitation.invitation, name="invitation"),
    path("account/", account.account, name="account"),
    path("account/password/", account.password, name="password"),
    path("account/confirm/", account.confirm, name="confirm"),
    path("account/totp/", totp.enrol, name="totp"),
    path("account/totp/qr.svg", totp.qr, name="totp-qr"),
    path("account/codes/", codes.codes, name="codes"),
    path("account/codes/file/", codes.download, name="codes-file"),
    path("account/codes/renew/", codes.renew, name="codes-renew"),
    path("account/passkeys/add/", passkeys.add, name="passkey-add"),
    path("account/passkeys/begin/", passkeys.begin, name="passkey-begin"),
    path("account/passkeys/<int:number>/", passkeys.rename, name="passkey-rename"),
    path("account/factors/<int:number>/remove/", totp.remove, name="factor-remove"),
    path("account/sessions/<int:number>/end/", account.end_session, name="session-end"),
    path("account/sessions/end-others/", account.end_other_sessions, name="sessions-end"),
    path("account/tokens/new/", tokens.issue, name="token-issue"),
    path("account/tokens/<int:number>/revoke/", tokens.revoke, name="token-revoke"),
    path("screens/", screens.screens, name="screens"),
    path("screens/<int:number>/close/", screens.close, name="screen-close"),
    path("account/identities/<slug:key>/link/", single_sign_on.link, name="link"),
    path("account/identities/<int:number>/unlink/", account.unlink, name="unlink"),
]
