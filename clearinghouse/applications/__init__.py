"""Asking: applications, ranked wishes, nominations."""
