"""Runs a program on a terminal of its own and does what the steps say; prints what came of it as JSON.

    python3 on-terminal.py '{"argv": [...], "steps": [["expect", "text"], ["send", "keys"], ["size", 24, 80], ["signal", 15],
        ["hangup"]]}'

`modes` tells whether the terminal has the modes again that it had before the program; after a hangup there is none."""
import errno, fcntl, json, os, select, struct, sys, termios, time

task = json.loads(sys.argv[1])
master, slave = os.openpty()
fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
before = termios.tcgetattr(slave)
pid = os.fork()
if pid == 0:
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for fd in (0, 1, 2):
        os.dup2(slave, fd)
    os.closerange(3, 256)
    os.execvp(task["argv"][0], task["argv"])
output = bytearray()
seen = 0


def more(seconds):
    if master < 0:
        time.sleep(seconds)
        return False
    if not select.select([master], [], [], seconds)[0]:
        return False
    try:
        piece = os.read(master, 65536)
    except OSError as error:
        if error.errno != errno.EIO:
            raise
        piece = b""
    output.extend(piece)
    return piece != b""


for step, *rest in task["steps"]:
    if step == "expect":
        wanted = rest[0].encode()
        while (found := output.find(wanted, seen)) < 0:
            if os.waitpid(pid, os.WNOHANG)[0] != 0:
                sys.exit("ended without %r: %r" % (wanted, bytes(output)))
            more(0.1)
        seen = found + len(wanted)
    elif step == "send":
        os.write(master, rest[0].encode())
    elif step == "size":
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rest[0], rest[1], 0, 0))
    elif step == "signal":
        os.kill(pid, rest[0])
    elif step == "hangup":
        os.close(master)
        master = -1
    elif step == "raw":
        while not termios.tcgetattr(slave)[3] & termios.ICANON == 0:
            more(0.05)
while True:
    ended, status = os.waitpid(pid, os.WNOHANG)
    if ended:
        break
    more(0.05)
while more(0):
    pass
print(json.dumps({
    "status": os.waitstatus_to_exitcode(status),
    "output": output.decode("latin1"),
    "modes": master >= 0 and termios.tcgetattr(slave) == before,
}, default=str))
