"""The portal as it is served, with less patience for a client that stops sending."""

import os

from portal import wsgi

wsgi.BODY_PAUSE = float(os.environ["TEST_BODY_PAUSE"])

application = wsgi.application
