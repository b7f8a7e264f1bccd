"""The floor of the portal: organizations, people, and what every app shares."""

from portal.celery import app as celery

__all__ = ["celery"]
