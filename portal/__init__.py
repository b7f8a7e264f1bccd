"""The floor: settings, routes, people and organizations, and what all apps share.

Nouns: organizations, locations, people, memberships, invitations, domains, recovery,
documents, temporary_files, table_imports, table_exports, audit, mail, reasons,
saved_lists, home, second_factors. Second factors are a person's own, as recovery is
a company's.
"""

from portal.celery import app as celery

__all__ = ["celery"]
