"""Addresses of a person's first page, messages and account."""

from django.urls import path

from clearinghouse.web.home import account, inbox, invitation, start

urlpatterns = [
    path("start/", start.my_home, name="my-home"),
    path("messages/", inbox.my_messages, name="my-messages"),
    path("messages/read/", inbox.mark_all_read, name="my-messages-read"),
    path("messages/<uuid:message_id>/read/", inbox.mark_read, name="my-message-read"),
    path("account/", account.my_account, name="my-account"),
    path("account/sessions/", account.sessions, name="account-sessions"),
    path("account/tokens/", account.tokens, name="account-tokens"),
    path(
        "account/tokens/<str:token_id>/withdraw/",
        account.withdraw_token,
        name="account-withdraw-token",
    ),
    path("account/invitation/<str:token>/", invitation.invitation, name="invitation"),
]
