# Sourced by quickstart, tests/run and the Dockerfile: the Debian 12 packages we use, in one place, and how they are installed.
# shellcheck shell=bash
# shellcheck disable=SC2034 # the lists are used by whoever sources this file

# To build the container and the handlers.
build_packages=(
    g++ gcc cmake ninja-build pkg-config
    libfcgi-dev libboost1.81-dev libboost-filesystem1.81-dev nlohmann-json3-dev libyaml-cpp-dev libcli11-dev
    libkainjow-mustache-dev libsodium-dev libsoci-dev libsqlite3-dev libmariadb-dev libpq-dev libsystemd-dev
)
# To run them, beside what the builds are linked with.
run_packages=(nginx libjs-jquery libsoci-sqlite3-4.0 libsoci-mysql4.0 libsoci-postgresql4.0)
# What the image has: the run-time halves of build_packages.
image_packages=(
    nginx libjs-jquery libsoci-core4.0 libsoci-sqlite3-4.0 libsoci-mysql4.0 libsoci-postgresql4.0 libsqlite3-0 libsodium23 libsystemd0 libyaml-cpp0.7 libstdc++6
)
# To test them. gdb, strace and valgrind: what container/docs/debugging.md says is done with them (perf's package follows the kernel of
# the machine; where it is missing its test says so).
test_packages=(clang-format doctest-dev gdb iproute2 openssl python3 shellcheck strace systemd valgrind)
# Database servers of the tests' own, on private sockets.
database_packages=(mariadb-server-core mariadb-client-core postgresql-15)    # mariadb-install-db wants a program of the client's
# To look at the pages as a person does.
browser_packages=(chromium chromium-driver python3-selenium)
# To measure them: the comparison is a Python script, and these are compared with us (30 MB together). uwsgi-core and not uwsgi:
# the programs without the services that start at boot. doctest: the benchmarks' own programs are configured with the tests.
# valgrind: counts instructions.
bench_packages=(doctest-dev python3 php8.2-fpm uwsgi-core uwsgi-plugin-python3 gunicorn python3-flask valgrind)
# To make a Debian system that has nothing of ours, for tests/run --long.
long_packages=(mmdebstrap)
# To build them with the sanitizers.
sanitizer_packages=(clang libclang-rt-14-dev)

missing_packages() {    # PACKAGE...: those that are not installed, one a line
    local package
    for package in "$@"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || echo "$package"
    done
}

# Installing nginx would start the distribution's own site on port 80, which nobody asked for here.
without_starting_services() {    # COMMAND...
    local policy=/usr/sbin/policy-rc.d
    if [ -e "$policy" ]; then
        "$@"
        return
    fi
    (
        trap 'rm -f "$policy"' EXIT
        trap 'exit 130' INT TERM HUP
        printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy" && "$@"
    )
}

apt_get() { DEBIAN_FRONTEND=noninteractive apt-get -q -o Dpkg::Use-Pty=0 "$@"; }

install_packages() {    # PACKAGE...: installs what is missing and says so; without root lists it and fails
    local missing
    mapfile -t missing < <(missing_packages "$@")
    [ ${#missing[@]} -gt 0 ] || return 0
    if ! command -v apt-get >/dev/null; then
        echo "unable to install packages: this is no Debian (no apt-get); missing here: ${missing[*]}" >&2
        return 1
    fi
    if [ "$(id -u)" != 0 ]; then
        echo "unable to install packages: not root; missing are:" >&2
        printf '    %s\n' "${missing[@]}" >&2
        echo "as root: apt-get install --no-install-recommends ${missing[*]}" >&2
        return 1
    fi
    echo "installing Debian packages: ${missing[*]}"
    # An index of today usually knows them all; only where it does not is a new one fetched.
    apt_get install -y --no-install-recommends --download-only "${missing[@]}" >/dev/null 2>&1 || apt_get update || return 1
    without_starting_services apt_get install -y --no-install-recommends "${missing[@]}" || {
        echo "unable to install packages: apt-get failed; its reasons are above" >&2
        return 1
    }
}
