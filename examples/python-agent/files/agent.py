#!/usr/bin/python3
"""Answers HTTP with how busy this host is, and tells systemd when it does."""

import http.server
import json
import os
import pathlib
import socket

VERSION = "@VERSION@"
SETTINGS = pathlib.Path(__file__).with_name("settings.json")


def metrics():
    one, five, fifteen = os.getloadavg()
    return (
        f'load_agent_info{{version="{VERSION}"}} 1\n'
        f'load_agent_load{{minutes="1"}} {one}\n'
        f'load_agent_load{{minutes="5"}} {five}\n'
        f'load_agent_load{{minutes="15"}} {fifteen}\n'
    )


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = metrics().encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


def notify(text):
    """Tells systemd; nobody where it did not start this (sd_notify(3))."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if address:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
            systemd.sendto(text.encode(), address.replace("@", "\0", 1) if address[0] == "@" else address)


def main():
    settings = json.loads(SETTINGS.read_text())
    with http.server.ThreadingHTTPServer(("127.0.0.1", settings["port"]), Handler) as server:
        notify("READY=1")
        server.serve_forever()


if __name__ == "__main__":
    main()
