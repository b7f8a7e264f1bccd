"""Requests in tests work as the portal's own login, as they do outside of tests.

And each of them is watched: whoever opens a page or presses a button in any test, all
rows open in the admin and on the demo's page alone; and no answer lacks a header that
keeps it safe.
"""

from django.db import connection

from portal.tenancy import MAILER, NOBODY, SPONSOR, TELL, scope_now

HEADERS = {
    "Content-Security-Policy",
    "Cross-Origin-Opener-Policy",
    "Cross-Origin-Resource-Policy",
    "Permissions-Policy",
    "Referrer-Policy",
    "X-Content-Type-Options",
    "X-Frame-Options",
}
OPEN_PAGES = ("/admin/", "/demo/")


class AsInProduction:
    """Takes the role in which a test arranges off each request, and gives it back."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        before = scope_now.get()
        if before != NOBODY:
            enter(NOBODY)
        try:
            with connection.execute_wrapper(watch(request)):
                response = self.get_response(request)
        finally:
            if before != NOBODY:
                enter(before)
        missing = HEADERS - set(response.headers)
        assert not missing, f"{request.path} lacks {', '.join(sorted(missing))}"
        return response


def enter(scope):
    if not connection.needs_rollback:
        connection.ensure_connection()
        # Beneath Django, which counts the statements of a page.
        connection.connection.execute(f"SET ROLE {scope.role}")
    scope_now.set(scope)


def watch(request):
    """Fail where a request enters a role that a member's request never enters."""

    def look(execute, sql, params, many, context):
        if sql is TELL and not request.path.startswith(OPEN_PAGES):
            assert params[0] not in (SPONSOR, MAILER), f"{request.path}: {params[0]}"
        return execute(sql, params, many, context)

    return look
