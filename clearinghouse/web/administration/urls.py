"""Addresses of the administration."""

from django.urls import path

from clearinghouse.web.administration import agencies, invitations, people

urlpatterns = [
    path("people/", people.people, name="admin-people"),
    path("people/<uuid:user_id>/", people.person, name="admin-person"),
    path("people/<uuid:user_id>/role/", people.add_role, name="admin-add-role"),
    path("people/<uuid:user_id>/role/<str:role>/end/", people.end_role, name="admin-end-role"),
    path("people/<uuid:user_id>/move/", people.move, name="admin-move"),
    path("people/<uuid:user_id>/account/", people.account, name="admin-account"),
    path("invitations/", invitations.invitations, name="admin-invitations"),
    path("invitations/new/", invitations.invite, name="admin-invite"),
    path(
        "invitations/<uuid:invitation_id>/withdraw/",
        invitations.withdraw,
        name="admin-withdraw-invitation",
    ),
    path("agencies/", agencies.agencies, name="admin-agencies"),
    path("agencies/new/", agencies.create, name="admin-create-agency"),
]
