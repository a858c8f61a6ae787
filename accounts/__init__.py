"""Who is who: identity, roles, invitations. Never imports the clearing house."""
