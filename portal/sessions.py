"""Sessions in the database, as Django has them, read in one query with their person."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.db.models import QuerySet

from portal import clock
from portal.kept import kept
from portal.models import Session, User

_at_hand: ContextVar[User | None] = ContextVar("person", default=None)


@contextmanager
def at_hand(person: User | None) -> Iterator[None]:
    """Have a person at hand, just read, while Django asks whose session it is."""
    token = _at_hand.set(person)
    try:
        yield
    finally:
        _at_hand.reset(token)


def person_at_hand(pk: Any) -> User | None:
    """Give the person at hand, if it is this one."""
    person = _at_hand.get()
    return person if person is not None and person.pk == pk else None


def by_key(key: str) -> QuerySet[Session]:
    return Session.objects.filter(pk=key).select_related("person")


class SessionStore(db.SessionStore):
    """A session that ends, wherever it is ended, at that very moment."""

    # Who signed in, once the session was read.
    person: User | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def _get_session_from_db(self) -> Session | None:
        for session in kept(by_key, key=self.session_key):
            if session.expire_date > clock.now():
                self.person = session.person
                found: Session = session
                return found
        self._session_key = None
        return None

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        session: Any = super().create_model_instance(data)
        session.person_id = data.get(SESSION_KEY)
        made: Session = session
        return made
