# Sourced by quickstart: what runs in DIR, and how it is ended. Uses its $dir, $stop_seconds, say and die.
# shellcheck shell=bash

# The service user may put anything in its place: a link is not followed, and a pipe not waited for.
number_in() { dd if="$1" iflag=nofollow,nonblock bs=20 count=1 status=none 2>/dev/null | tr -cd '0-9' || true; }

# A pid file outlives a kill -9, and its number may be another process by now: so the command line must name our DIR too.
pid_from() {    # FILE WORD: prints the pid when that process runs and has WORD in its command line
    local pid
    pid=$(number_in "$1")
    [ -n "$pid" ] && tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF -- "$2" && echo "$pid"
}

container_pid() { pid_from "$dir/container.pid" "--pid-file $dir/container.pid"; }
nginx_pid() { pid_from "$dir/nginx/nginx.pid" "-c $dir/nginx.conf"; }

# A killed nginx leaves its workers, and they hold the port. They are of its session, whose number is its pid, and the kernel
# gives that number to nobody else as long as one of them lives.
nginx_orphans() {    # prints their pids
    local master entry line
    master=$(number_in "$dir/nginx/nginx.pid")
    [ -n "$master" ] && ! is_running "$master" || return 0
    for entry in /proc/[0-9]*/stat; do
        { IFS= read -r line <"$entry"; } 2>/dev/null || continue    # "pid (name) state parent group session ..."
        [[ ! $line =~ ^([0-9]+)\ \(nginx\)\ [^ZX]\ [0-9]+\ [0-9]+\ $master\  ]] || echo "${BASH_REMATCH[1]}"
    done
}

what_runs() {    # a few words, or nothing
    local container nginx orphans
    container=$(container_pid) || container=
    nginx=$(nginx_pid) || nginx=
    mapfile -t orphans < <(nginx_orphans)
    local words=()
    [ -z "$container" ] || words+=("hbnb-container (pid $container)")
    [ -z "$nginx" ] || words+=("nginx (pid $nginx)")
    [ ${#orphans[@]} = 0 ] || words+=("workers of a killed nginx (pid ${orphans[*]})")
    [ ${#words[@]} -lt 2 ] || words=("${words[0]} and ${words[1]}")
    echo "${words[*]}"
}

is_running() {    # PID: and no zombie
    local state
    state=$(sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null) || return 1
    [ -n "$state" ] && [ "$state" != Z ]
}

wait_gone() {    # PID SECONDS
    local tenths=$(($2 * 10))
    while is_running "$1"; do
        [ $((tenths--)) -gt 0 ] || return 1
        sleep 0.1
    done
}

end_process() {    # NAME PID POLITE_SIGNAL FIRMER_SIGNAL
    kill -s "$3" "$2" 2>/dev/null || ! is_running "$2" || die "unable to stop $1 (pid $2): it belongs to $(stat -c %U "/proc/$2")"
    wait_gone "$2" "$stop_seconds" && return 0
    say "$1 (pid $2) has not ended after $stop_seconds s: sending it $4"
    kill -s "$4" "$2" 2>/dev/null || true
    wait_gone "$2" 5 && return 0
    # Workers of a killed container see that it has gone and leave by themselves.
    say "$1 (pid $2) does not end: killing it"
    kill -s KILL "$2" 2>/dev/null || true
    wait_gone "$2" 5 || say "$1 (pid $2) is still there"
}

# nginx first: then nothing new reaches the container while it finishes what it has.
stop_everything() {
    local pid
    if pid=$(nginx_pid); then end_process nginx "$pid" QUIT TERM; fi
    for pid in $(nginx_orphans); do end_process "nginx's worker" "$pid" QUIT TERM; done
    pid=$(container_pid) || pid=${starting_pid:-}
    if [ -n "$pid" ]; then end_process hbnb-container "$pid" TERM INT; fi
    remove_leftovers
}

# What a kill -9 leaves behind; the container and nginx remove their own at a normal end.
remove_leftovers() { rm -f -- "$dir/container.pid" "$dir/nginx/nginx.pid"; }
