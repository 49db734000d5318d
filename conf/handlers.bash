# Sourced by quickstart: --handlers DIR, a directory of plugins that are served beside the application. Uses its $handlers_dir, $dir,
# $port, $demo, ${service[@]} and its say, die, is_root, run_as, first_writable, first_foreign.
# shellcheck shell=bash
# shellcheck disable=SC2154 # they are quickstart's

# Before anything is built or made.
check_handlers() {
    local file writable plugins
    [ -n "$handlers_dir" ] || return 0
    [ -e "$handlers_dir" ] || die "unable to serve --handlers $handlers_dir: there is no such directory"
    [ -d "$handlers_dir" ] || die "unable to serve --handlers $handlers_dir: it is no directory; name the one that the plugins are in"
    [ -r "$handlers_dir" ] && [ -x "$handlers_dir" ] || die "unable to serve --handlers $handlers_dir: it cannot be read by $(id -un)"
    [[ ! $handlers_dir =~ [[:cntrl:]] ]] || die "unable to serve --handlers: the directory's name has a control character in it"
    [[ $handlers_dir/ != "$dir/"* ]] || die "unable to serve --handlers $handlers_dir: it is in --dir $dir, where quickstart makes everything anew"
    mapfile -t plugins < <(plugins_of_dir)
    [ ${#plugins[@]} -gt 0 ] ||
        die "unable to serve --handlers $handlers_dir: there is no plugin (*.so) in it; where a handler is built with CMake they are in its build's handlers"
    for file in "${plugins[@]}"; do
        [ -f "$file" ] || die "unable to serve $file: it is no file, or a link to none"
        writable=$(first_writable "$(realpath -- "$file")")
        [ -z "$writable" ] || die "unable to serve $file: others can change it, for $writable has mode $(stat -c %a -- "$writable"); chmod go-w $writable ends that"
    done
}

plugins_of_dir() { find "$handlers_dir" -maxdepth 1 -name '*.so' ! -name '.*' | sort; }

# From where it is, so that a reload takes a new build; a copy of it where the container may or can not read it there.
place_handlers() {
    rm -rf -- "${dir:?}/drop-ins"
    [ -n "$handlers_dir" ] || return 0
    drop_ins=$handlers_dir
    ! can_use_handlers || return 0
    say "copying $handlers_dir to $dir: the container may not use it where it is; after a new build start again"
    drop_ins=$dir/drop-ins
    cp -R -- "$handlers_dir" "$drop_ins"
    chmod -R u=rwX,go=rX -- "$drop_ins"
    ! is_root || chown -R root:root -- "$drop_ins"
}

can_use_handlers() {
    local file
    while IFS= read -r file; do
        file=$(realpath -- "$file")
        [ -z "$(first_foreign "$file")" ] || return 1
        if is_root && ! run_as "$service_user" test -r "$file"; then return 1; fi
    done < <(plugins_of_dir)
    ! is_root || run_as "$service_user" test -r "$handlers_dir"
}

# Each plugin of the directory with its address, as the container says.
tell_handlers() {
    [ -n "$handlers_dir" ] || return 0
    local pool mount name file
    while read -r pool mount name _ _ file; do
        [[ $file != "$drop_ins"/* ]] || say "handler $name of ${file##*/}: http://127.0.0.1:$port$mount"
    done < <("${service[@]}" "$dir/bin/hbnbctl" --control "$dir/control.sock" plugins)
}
