"""Redis of our own: reached by a Unix socket only, with nothing on disk."""

import os
import shutil
import socket
from pathlib import Path
from urllib.parse import quote

from .place import StateFolder, own_folder
from .processes import Job, Processes
from .trouble import Trouble

# Whatever listens for Redis's protocol: Debian 13 has valkey beside it.
PROGRAMS = ("redis-server", "valkey-server")


def listening_on(place: StateFolder) -> Path:
    return place.sockets / "redis" / "redis.sock"


def address(place: StateFolder) -> str:
    return f"unix://{quote(str(listening_on(place)))}"


def answers(path: Path) -> bool:
    """Ask a server for a sign of life."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(1)
        try:
            client.connect(str(path))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def start(processes: Processes) -> None:
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if not program:
        raise Trouble("Redis is missing: install redis-server, then run this again.")
    # Debian names the account after the project.
    account = Path(program).name.partition("-")[0] if os.geteuid() == 0 else None
    path = listening_on(processes.place)
    folder = own_folder(path.parent, 0o700, account)
    settings = {
        "port": "0",
        "unixsocket": str(path),
        "unixsocketperm": "700",
        "dir": str(folder),
        "save": "",
        "appendonly": "no",
    }
    options = [part for key, value in settings.items() for part in (f"--{key}", value)]
    processes.start_server(
        Job("redis", (program, *options), account=account, is_server=True),
        lambda: answers(path),
    )
