"""A mail server for tests: small, real, and as unfriendly as asked."""

import socketserver
from contextlib import contextmanager
from threading import Thread


class Conversation(socketserver.StreamRequestHandler):
    """Answers one client in the words of SMTP."""

    def say(self, words):
        self.wfile.write(f"{words}\r\n".encode())

    def handle(self):
        self.say("220 ready")
        for line in self.rfile:
            order = line.decode().strip()
            if order.upper().startswith("RCPT"):
                self.say(self.server.answer_to(order))
            elif order.upper() == "DATA":
                self.say("354 go on")
                self.server.taken.append(self.message())
                self.say(self.server.after_data)
            elif order.upper() == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 well")

    def message(self):
        lines = iter(self.rfile.readline, b".\r\n")
        return b"".join(lines).decode()


class Server(socketserver.ThreadingTCPServer):
    """Takes every mail but for the addresses that it knows to refuse."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Conversation)
        self.taken = []
        self.refusals = {}
        self.after_data = "250 taken"

    def answer_to(self, order):
        known = (said for who, said in self.refusals.items() if who in order)
        return next(known, "250 well")


@contextmanager
def mail_server():
    """Return a server that listens until the block ends."""
    with Server() as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()
