"""The main program of a host process: says that it started, then serves on $PORT.

GET /       names the instance and the process
GET /add    adds one to a number that is on the disk before it is answered
"""
import fcntl
import os
import selectors
import socket
import sys

evidence = sys.argv[1]
deployment = os.environ["CHAOS_DEPLOYMENT"]
instance = os.environ["GYRE_INSTANCE"]
with open("/proc/self/stat") as stat:
    ticks = stat.read().rpartition(")")[2].split()[19]


def tell(line):
    log = os.open(evidence + "/starts/log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    os.write(log, (line + "\n").encode())
    os.close(log)


# Held as long as this process lives: a twin cannot have it.
lock = os.open(evidence + "/locks/" + instance, os.O_WRONLY | os.O_CREAT, 0o644)
try:
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
except OSError:
    tell("T %s %s %d %s" % (deployment, instance, os.getpid(), ticks))

server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", int(os.environ["PORT"])))
server.listen(64)
tell("S %s %s %d %s %s %s" % (deployment, instance, os.getpid(), ticks, os.environ["PORT"],
                              os.environ.get("CHAOS_MARK", "")))

state = evidence + "/state/" + instance


def add():
    try:
        with open(state) as file:
            number = int(file.read())
    except OSError:
        number = 0
    number += 1
    with open(state + ".new", "w") as file:
        file.write(str(number))
        file.flush()
        os.fsync(file.fileno())
    os.rename(state + ".new", state)
    return number


def answer(request):
    if request.startswith(b"GET /add "):
        return "%d" % add()
    return "%s %d %s" % (instance, os.getpid(), ticks)


said = 0
selector = selectors.DefaultSelector()
selector.register(server, selectors.EVENT_READ)
received = {}
while True:
    for key, _ in selector.select():
        if key.fileobj is server:
            client, _ = server.accept()
            selector.register(client, selectors.EVENT_READ)
            received[client] = b""
            continue
        client = key.fileobj
        try:
            data = client.recv(4096)
            received[client] += data
            if not data:
                raise OSError("closed")
            while b"\r\n\r\n" in received[client]:
                request, _, received[client] = received[client].partition(b"\r\n\r\n")
                body = answer(request)
                client.sendall(("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)).encode())
                said += 1
                if said % 50 == 0:
                    try:
                        os.write(1, b"%d requests answered\n" % said)
                    except OSError:
                        pass
        except OSError:
            selector.unregister(client)
            received.pop(client, None)
            client.close()
