# Sourced by quickstart: what runs in DIR, and how it is ended. Uses its $dir, $stop_seconds, say and die.
# shellcheck shell=bash

# The service user may put anything in its place: a link is not followed, and a pipe not waited for.
number_in() { dd if="$1" iflag=nofollow,nonblock bs=20 count=1 status=none 2>/dev/null | tr -cd '0-9' || true; }

# A pid file outlives a kill -9, and its number may be another process by now. So a process is taken for ours by its name, its
# command line, which names DIR, and its user. As root: a file that another user can write names processes of that user only.
# Those of another pid namespace have a DIR of their own.
runs_as() {    # PID NAME UID...: whether that process has that name and one of these users, or any where none is given
    local name uid
    { IFS= read -r name <"/proc/$1/comm"; } 2>/dev/null && [ "$name" = "$2" ] || return 1
    uid=$(awk '$1 == "Uid:" { uid = $3 } $1 == "NSpid:" && NF > 2 { nested = 1 } END { if (!nested) print uid }' "/proc/$1/status" 2>/dev/null)
    [ -n "$uid" ] && { [ $# = 2 ] || ! is_root || [[ " ${*:3} " == *" $uid "* ]]; }
}

has_words() { tr '\0' ' ' 2>/dev/null <"/proc/$1/cmdline" | grep -qF -- "$2 "; }    # PID WORDS

users_of() {    # FILE: prints whose processes it may name; nothing where anybody's
    local owner
    owner=$(stat -c %u -- "$1" 2>/dev/null) || return 0
    [ "$owner" = 0 ] || echo "$owner"
}

pid_from() {    # FILE NAME WORDS: prints the pid when that process runs and is ours
    local pid
    pid=$(number_in "$1")
    # shellcheck disable=SC2046 # no word or one
    [ -n "$pid" ] && runs_as "$pid" "$2" $(users_of "$1") && has_words "$pid" "$3" && echo "$pid"
}

# Where the pid file is lost. The container's users: those that make files in DIR, and root.
pid_by_command() {    # NAME WORDS
    local entry pid users
    users="0 $(stat -c %u -- "$dir" 2>/dev/null || true) $(id -u "$service_user" 2>/dev/null || true)"
    for entry in /proc/[0-9]*; do
        pid=${entry#/proc/}
        # shellcheck disable=SC2086 # words
        if runs_as "$pid" "$1" $users && has_words "$pid" "$2"; then
            echo "$pid"
            return 0
        fi
    done
    return 1
}

# The container holds it as long as it lives, whatever became of its other files, and however it was started.
pid_by_lock() {
    local lock=$dir/control.sock.lock device inode pid
    [ ! -L "$lock" ] && [ -f "$lock" ] || return 1
    read -r device inode < <(stat -c '%Hd:%Ld %i' -- "$lock")
    pid=$(awk -v at="$(printf '%02x:%02x' "${device%:*}" "${device#*:}"):$inode" \
        '$2 == "FLOCK" && $4 == "WRITE" && $6 == at { print $5; exit }' /proc/locks 2>/dev/null)
    # shellcheck disable=SC2046 # no word or one
    [ -n "$pid" ] && runs_as "$pid" hbnb-container $(users_of "$lock") && echo "$pid"
}

container_pid() {
    pid_from "$dir/container.pid" hbnb-container "--pid-file $dir/container.pid" || pid_by_lock ||
        pid_by_command hbnb-container "--pid-file $dir/container.pid"
}
nginx_pid() { pid_from "$dir/nginx/nginx.pid" nginx "-c $dir/nginx.conf" || pid_by_command nginx "-c $dir/nginx.conf"; }

is_ready() { [ -n "$(number_in "$dir/container.pid")" ]; }    # the container, which runs: it writes its pid then

# Something that is not ours, or that cannot be seen from here, has the container's lock.
refuse_unknown_holder() {
    local lock=$dir/control.sock.lock
    [ ! -L "$lock" ] && [ -f "$lock" ] || return 0
    [ -r "$lock" ] || die "unable to look whether a container runs in $dir: $lock belongs to $(stat -c %U -- "$lock")"
    (exec 8<"$lock" && flock -s -n 8) && return 0
    die "unable to find what runs in $dir: a process has locked $lock, and is no hbnb-container that can be seen from here; the pid in it: $(number_in "$lock")"
}

say_what_was_lost() {
    local pid
    pid=$(container_pid) || pid=
    [ -z "$pid" ] || [ "$(number_in "$dir/container.pid")" = "$pid" ] ||
        say "$dir/container.pid is lost: found hbnb-container (pid $pid) by its lock or command line"
    pid=$(nginx_pid) || pid=
    [ -z "$pid" ] || [ "$(number_in "$dir/nginx/nginx.pid")" = "$pid" ] ||
        say "$dir/nginx/nginx.pid is lost: found nginx (pid $pid) by its command line"
}

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
remove_leftovers() { rm -f -- "$dir/container.pid" "$dir/nginx/nginx.pid" || true; }
