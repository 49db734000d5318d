"""A process of ours, ended with its block."""

import signal
import subprocess
import time


class DoesNotStart(Exception):
    pass


def wait_for(condition, what, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise DoesNotStart(what)
        time.sleep(0.02)


class Started:
    """A context that starts when it is entered; what a start that fails has begun is ended."""

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(self, *_):
        self.end()


class Program:
    def __init__(self, command, log, environment=None, stop=signal.SIGTERM):
        self.command, self.log, self.stop = [str(word) for word in command], log, stop
        with open(log, "wb") as output:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                                            env=environment)
        self.pid = self.process.pid

    def wait_for(self, condition):
        """Until it is so; says what the program said where it ends before."""
        try:
            wait_for(lambda: self.process.poll() is not None or condition(), self.command[0])
        except DoesNotStart:
            self.end()
        if self.process.poll() is not None:
            raise DoesNotStart(f"{' '.join(self.command)}: {open(self.log, errors='replace').read().strip()[-2000:]}")

    def end(self):
        self.process.send_signal(self.stop)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
