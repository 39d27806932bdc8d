"""The server of the textbook: accept, read, answer, close, then the next client. For comparison only.

Usage: textbook-server.py PORT, in the folder whose files it serves.
"""

import os
import socket
import sys


def serve(connection):
    request = b""
    while b"\r\n\r\n" not in request:
        received = connection.recv(4096)
        if not received:
            return
        request += received
    path = request.split(b" ")[1].decode()
    with open("." + path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        connection.sendfile(file)


with socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=128) as listener:
    while True:
        client, _ = listener.accept()
        with client:
            try:
                serve(client)
            except OSError:
                pass
