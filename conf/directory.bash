# Sourced by quickstart: DIR, made, and shut while root writes there. Uses its variables and its say, die, is_root, run_as.
# shellcheck shell=bash

check_dir() {
    # It goes into hbnb.yaml and nginx.conf between quotes, and nginx takes the name of a file to include for a pattern.
    if [[ $dir =~ [][*?\'\"\\\$\;\{\}[:cntrl:]] ]]; then die "unable to use $dir: its name has one of ' \" \\ \$ ; { } [ ] * ? in it; name another with --dir"; fi
    [ ! -e "$dir" ] || [ -d "$dir" ] || die "unable to use $dir: it is not a directory"
    # Its owner changes when root starts it: so it must not be just any directory.
    if [ -d "$dir" ] && [ ! -e "$dir/hbnb.yaml" ] && [ -n "$(ls -A -- "$dir")" ]; then
        die "unable to use $dir: it has files in it, and no hbnb.yaml of an earlier start; name another directory with --dir"
    fi
    check_names    # before anything is built
}

# Before it is opened: a named pipe would be waited for without end. A link to a regular file is one.
check_files() {    # FILE...
    local file
    for file in "$@"; do
        [ ! -e "$file" ] || [ -f "$file" ] ||
            die "unable to write $file: it is no regular file, but a $(stat -L -c %F -- "$file"); remove it, or move it away"
    done
}

# What quickstart, the container and nginx write in DIR under these names; all else there is made anew.
check_names() {
    check_files "$dir"/{hbnb.yaml,nginx.conf,exercises.conf,error.log,access.log,container.pid,control.sock.lock} \
        "$dir"/hbnb.db{,-journal,-wal,-shm} "$dir"/nginx/{error.log,nginx.pid}
    [ ! -e "$dir/nginx" ] || [ -d "$dir/nginx" ] ||
        die "unable to use $dir: $dir/nginx, where nginx writes, is no directory, but a $(stat -L -c %F -- "$dir/nginx"); remove it, or move it away"
}

# Who can rename a directory above DIR decides where root writes. With all the groups that the container will have.
check_above() {
    local above=$dir
    while [ "$above" != / ]; do
        above=$(dirname -- "$above")
        [ -d "$above" ] || continue
        if [ "$(stat -c %U -- "$above")" = "$service_user" ] || { [ ! -k "$above" ] && "${service[@]}" test -w "$above"; }; then
            die "unable to use $dir: user $service_user can rename what is in $above; name another with --dir, such as --dir $(a_safe_place)"
        fi
    done
}

make_dir() {
    local path=$dir user
    ! is_root || check_above
    while [ ! -e "$path" ]; do
        made+=("$path")
        path=$(dirname -- "$path")
    done
    mkdir -p -- "$dir" || die "unable to make $dir"
    is_root || return 0
    for user in "$service_user" "$nginx_user"; do
        run_as "$user" test -x "$(dirname -- "$dir")" ||
            die "unable to use $dir: user $user cannot reach it (a directory above it lets nobody else in); name another with --dir, such as --dir $(a_safe_place)"
    done
}

# As root, DIR and the names in it are nobody else's until open_dir. By `.`, which is still the same directory when somebody
# puts a link in place of DIR; that it was the one at that name is looked at afterwards, when nobody can change it any more.
close_dir() {
    if ! is_root; then
        chmod 755 -- "$dir" || die "unable to change the mode of $dir: it belongs to $(stat -c %U -- "$dir")"
        return 0
    fi
    local owner
    owner=$(stat -c %U -- "$dir")
    (cd -P -- "$dir" && [ "$(pwd -P)" = "$dir" ] && chown "root:$service_user" . && chmod 700 .) || die "unable to take $dir"
    [ "$(stat -c '%F %u %a' -- "$dir")" = "directory 0 700" ] || die "unable to take $dir: another has come in its place"
    closed=yes
    [ "$owner" = root ] || say "$dir belonged to $owner: now to root, and $service_user may make files of its own in it"
    settle_owners
}

# What the container opens is its user's, also after a start by somebody else or an older quickstart.
settle_owners() {
    local file nginx=$dir/nginx
    for file in "$dir"/hbnb.db "$dir"/hbnb.db-* "$dir"/{access.log,error.log,hbnb.sock,control.sock,control.sock.lock}; do
        [ -e "$file" ] || continue
        case $(stat -c '%F, %h' -- "$file") in    # a second name may be somewhere else
            regular*file,\ 1 | socket,\ 1) chown -h "$service_user:$service_user" -- "$file" ;;
        esac
    done
    [ -e "$nginx" ] || [ -L "$nginx" ] || return 0
    if [ -L "$nginx" ] || [ ! -d "$nginx" ]; then die "unable to use $dir: $nginx, where nginx writes as root, is a $(stat -c %F -- "$nginx")"; fi
    [ "$(stat -c %u -- "$nginx")" != 0 ] || return 0
    say "$nginx belonged to $(stat -c %U -- "$nginx"): made anew"
    rm -rf -- "$nginx"
}

open_dir() {
    closed=no
    ! is_root || chmod 1775 -- "$dir"
}
