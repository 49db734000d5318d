# Sourced by quickstart: nginx, its configuration and its ports. Uses its $dir, $top, $port, $exercises and its say, die, is_root,
# write_file.
# shellcheck shell=bash

# ---- The exercises ------------------------------------------------------------------------------------------------

# What --exercises makes of the ports in 5-app_server-nginx_config.
readonly exercise_shifts=(5000:0 5001:1 5002:2 5003:3 6000:6 80:80)

exercise_ports() {    # prints them
    local shift ports=()
    for shift in "${exercise_shifts[@]}"; do ports+=($((exercises + ${shift#*:}))); done
    echo "${ports[*]}"
}

# The site of the last exercise as it is shipped, but for its ports; its upstreams and limits are nginx.conf's here.
write_exercises() {
    local text shift
    text=$(sed '/^upstream /,/^}/d; /^include hbnb\/limits.conf;/d' "$top/nginx-fastcgi/5-app_server-nginx_config")
    for shift in "${exercise_shifts[@]}"; do
        text=${text//"listen ${shift%:*}"/"listen 127.0.0.1:$((exercises + ${shift#*:}))"}
    done
    write_file "$dir/exercises.conf" 644 <<<"$text"
    ln -s -- "$top/nginx-fastcgi" "$dir/hbnb"    # what it includes
}

tell_exercises() {
    local at=http://127.0.0.1
    say "exercises: $at:$exercises/airbnb-onepage/ $at:$((exercises + 1))/number_odd_or_even/6 $at:$((exercises + 2))/api/v1/states" \
        "$at:$((exercises + 3))/2-hbnb $at:$((exercises + 80))/"
}

# ---- nginx --------------------------------------------------------------------------------------------------------

check_ports() {
    local one option
    for one in "$port" $([ -z "$exercises" ] || exercise_ports); do
        option=--port
        [ "$one" = "$port" ] || option=--exercises
        if (exec 3<>"/dev/tcp/127.0.0.1/$one") 2>/dev/null; then
            die "unable to listen on port $one: another process does already; name another with $option"
        fi
    done
}

write_nginx_conf() {
    mkdir -p -- "$dir/nginx"
    write_file "$dir/nginx.conf" 644 <<TEXT
# Written by ./quickstart at every start: port and paths. The site itself is in $top/nginx-fastcgi/.
$(is_root && echo "user $nginx_user;")
worker_processes auto;
error_log "$dir/nginx/error.log";
pid "$dir/nginx/nginx.pid";
events { worker_connections 1024; }
http {
    access_log off;    # the container writes access.log
    client_body_temp_path "$dir/nginx/body";
    fastcgi_temp_path "$dir/nginx/fastcgi";
    proxy_temp_path "$dir/nginx/proxy";
    scgi_temp_path "$dir/nginx/scgi";
    uwsgi_temp_path "$dir/nginx/uwsgi";
    include "$top/nginx-fastcgi/http.conf";
    include "$top/nginx-fastcgi/limits.conf";
    upstream hbnb {
        server "unix:$dir/hbnb.sock";
        include "$top/nginx-fastcgi/upstream.conf";
    }
    upstream hbnb_again { server "unix:$dir/hbnb.sock"; }
    server {
        listen 127.0.0.1:$port;
        include "$top/nginx-fastcgi/params.conf";
        include "$top/nginx-fastcgi/errors.conf";
        include "$top/nginx-fastcgi/api.conf";
        include "$top/nginx-fastcgi/site.conf";
    }
$([ -z "$exercises" ] || echo "    include exercises.conf;")
}
TEXT
    rm -f -- "$dir/exercises.conf" "$dir/hbnb"
    [ -z "$exercises" ] || write_exercises
}

start_nginx() {
    local errors tenths=$((start_seconds * 10)) unable="unable to start nginx on port $port"
    [ -z "$exercises" ] || unable+=" or one of those of --exercises $exercises"
    errors=$(mktemp)
    if ! nginx -p "$dir/" -c "$dir/nginx.conf" -e "$dir/nginx/error.log" </dev/null 2>"$errors" 9>&-; then
        cat -- "$errors" >&2
        rm -f -- "$errors"
        die "$unable: its reasons are above"
    fi
    rm -f -- "$errors"
    until nginx_pid >/dev/null; do    # it returns a moment before its pid file is there
        [ $((tenths--)) -gt 0 ] || die "$unable: see $dir/nginx/error.log"
        sleep 0.1
    done
}
