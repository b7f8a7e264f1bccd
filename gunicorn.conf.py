"""How gunicorn serves the portal; it reads this file by itself (decision 15).

Whoever sends or reads slowly waits in a greenlet, which costs a few kilobytes. With a
process or a thread for each of them, a few half-sent requests would stop everybody.
"""

from gevent import monkey  # type: ignore[import-untyped]

# Before anything is imported that may wait for a socket.
monkey.patch_all()

wsgi_app = "portal.wsgi"
worker_class = "gevent"
workers = 2
preload_app = True
# So many seconds has a client to send the head of a request.
keepalive = 5
# So many seconds may a worker compute without a pause …
timeout = 120
# … and go on with what is under way when it shall end.
graceful_timeout = 5
