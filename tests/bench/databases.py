"""The databases that the application can use, each a context with a `url` while it runs: a file, or a server of the benchmark's own
on a private socket."""

import os
import pathlib
import shutil
import subprocess
import tempfile

from program import Program, Started

POSTGRESQL = pathlib.Path("/usr/lib/postgresql/15/bin")


def as_ordinary_user(command):
    """Neither server runs as root."""
    return (["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"] if os.geteuid() == 0 else []) + command


class Database(Started):
    """`start` may set `program`; its directory goes with it."""

    def __init__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="hbnb-bench-data-"))
        self.directory.chmod(0o777)
        self.program, self.url = None, None

    def start_server(self, command, ready):
        """Until its log has the line of one who takes connections: its socket is there before that."""
        log = self.directory / "log"
        self.program = Program(as_ordinary_user(command), log)
        self.program.wait_for(lambda: ready in log.read_text(errors="replace"))

    def end(self):
        if self.program:
            self.program.end()
        shutil.rmtree(self.directory, ignore_errors=True)


class Sqlite(Database):
    @staticmethod
    def is_there():
        return True

    def start(self):
        self.url = f"sqlite://{self.directory}/hbnb.db"


class Mysql(Database):
    @staticmethod
    def is_there():
        return all(shutil.which(one) for one in ("mariadb-install-db", "my_print_defaults")) and os.path.exists("/usr/sbin/mariadbd")

    def start(self):
        data, socket, first = self.directory / "data", self.directory / "sock", self.directory / "first.sql"
        # One that starts deletes all temporary tables in its directory for them, a neighbour's too.
        own = ["--no-defaults", f"--datadir={data}", f"--tmpdir={self.directory}"]
        subprocess.run(as_ordinary_user(["mariadb-install-db", *own, "--skip-test-db", "--auth-root-authentication-method=normal"]),
                       check=True, capture_output=True)
        first.write_text("create database if not exists hbnb;\n")
        self.start_server(["/usr/sbin/mariadbd", *own, "--skip-networking", f"--socket={socket}", f"--init-file={first}"], "ready for connections")
        self.url = f"mysql://root@localhost/hbnb?socket={socket}&timeout=60"


class Postgresql(Database):
    @staticmethod
    def is_there():
        return (POSTGRESQL / "initdb").exists()

    def start(self):
        data = self.directory / "data"
        subprocess.run(as_ordinary_user([str(POSTGRESQL / "initdb"), "-D", str(data), "-U", "hbnb", "--auth=trust", "-E", "UTF8",
                                         "--locale=C.UTF-8", "--no-sync"]), check=True, capture_output=True)
        self.start_server([str(POSTGRESQL / "postgres"), "-D", str(data), "-k", str(self.directory), "-c", "listen_addresses="],
                          "ready to accept connections")
        self.url = f"postgresql://hbnb@localhost/postgres?socket={self.directory}&timeout=60"


DATABASES = {"sqlite": Sqlite, "mysql": Mysql, "postgresql": Postgresql}


def installed(run, wanted=None):
    """Name and class of each that was asked for (or of all); a note for each that is not there."""
    for name, database in DATABASES.items():
        if wanted and name not in wanted:
            continue
        if database.is_there():
            yield name, database
        else:
            run.note(f"{name} is not installed: nothing is measured on it")
