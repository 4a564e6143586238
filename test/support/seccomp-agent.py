# seccomp-agent.py SOCKET: takes the listener of a seccomp filter from a container runtime (OCI config-linux, "Seccomp"), prints
# what came with it, and answers each system call with EIO (seccomp_unotify(2)) until its container has gone.
import fcntl, select, socket, struct, sys

NOTIF_RECV, NOTIF_SEND = 0xC0502100, 0xC0182101
EIO = 5

server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
server.listen()
print("listening", flush=True)
connection, _ = server.accept()
text, fds, _, _ = socket.recv_fds(connection, 65536, 2)
print(text.decode(), len(fds), flush=True)
while True:
    poller = select.poll()
    poller.register(fds[0], select.POLLIN)
    if any(events & select.POLLHUP for _, events in poller.poll()):
        break
    notification = bytearray(80)
    fcntl.ioctl(fds[0], NOTIF_RECV, notification)
    (id,) = struct.unpack_from("Q", notification)
    fcntl.ioctl(fds[0], NOTIF_SEND, struct.pack("QqiI", id, 0, -EIO, 0))
