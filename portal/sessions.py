"""Sessions in the database, as Django has them, read by a kept query."""

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db.models import QuerySet

from portal import clock
from portal.kept import kept


def by_key(key: str) -> QuerySet:
    return Session.objects.filter(pk=key)


class SessionStore(db.SessionStore):
    """A session that ends, wherever it is ended, at that very moment."""

    def _get_session_from_db(self) -> Session | None:
        for session in kept(by_key, key=self.session_key):
            if session.expire_date > clock.now():
                return session
        self._session_key = None
        return None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session
