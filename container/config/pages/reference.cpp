#include "config/pages/reference.hpp"

#include "config/language/limits.hpp"
#include "config/settings/settings.hpp"
#include "config/settings/value.hpp"

namespace hbnb::config {

namespace {

constexpr char kIntroduction[] = R"(# Configuration

<!-- Made from the table in container/config/settings/settings.cpp by the build target config-docs; a test holds both equal. -->

One YAML file; `conf/hbnb.yaml` is an example with every key. `hbnb-container --config FILE --check` goes the way of a
start, up to loading the plugins in a worker that is thrown away, and changes nothing: it says what a start would refuse, in the same words, or what sockets it would make; and `hbnb-container --config FILE --print-config` prints what is in force, with
every key and a mark at each default; passwords in URLs, and texts below `config` whose key says password, secret, token or key, are left out. `--set KEY=VALUE` sets one key as if it stood
in the file, and is checked like it: `--set pools.hbnb.workers.max=8`, `--set 'pools.hbnb.listen[0].mode=0666'`,
`--set pools.hbnb.handlers.mounts./api/v1.config.database=sqlite:///tmp/hbnb.db`.

* **Durations** have a unit: `ns`, `us`, `ms`, `s`, `m`, `h`, `d`. **Sizes** have one: `B`, `KiB`, `MiB`, `GiB`, `TiB`. Only `0` needs none,
  where it is allowed.
* **Relative paths** start at the directory of the YAML file.
* **Mistakes** are told all at once, each with file, line, column (in bytes), key, what was found and what is allowed; a mistake in the
  YAML itself is told alone. Nothing is started, and on a reload the old configuration stays in force.
* **Not taken:** a key that is not on this page, a key written twice, anchors, aliases, tags, a second document, a file larger than 1 MiB.
)";

struct Part {
    Scope scope;
    const char *title;
    const char *text;
};

constexpr Part kParts[] = {
    {Scope::root, "The container", ""},
    {Scope::pool, "A pool",
     "`pools.<name>`: the name has 1 to 32 letters, digits, `_` and `-`, not a `-` first. Each pool has its own "
     "sockets, workers and plugins.\n\n"},
    {Scope::unix_listener, "A Unix listener",
     "An item of `pools.<name>.listen` with the key `unix`. Where systemd has left a socket of this path to us "
     "(`conf/hbnb.socket`), it is\n"
     "used instead: its file, owner, group, mode and backlog are then systemd's. Likewise for TCP.\n\n"},
    {Scope::tcp_listener, "A TCP listener", "An item of `pools.<name>.listen` with the key `tcp`.\n\n"},
    {Scope::mount, "A mount",
     "`pools.<name>.handlers.mounts.<path>`: the path begins with `/`, does not end with one (but `/` itself), and "
     "matches whole segments; the longest one wins. "
     "In `config`, unquoted `true`, `false`, `null` and numbers are handed on as that, everything else as text.\n\n"},
};

// A bar would end the table's cell.
std::string cell(std::string_view text) {
    std::string safe;
    for (const char c : text) {
        if (c == '|') safe += '\\';
        safe += c;
    }
    return safe;
}

std::string default_cell(const Setting &row) {
    if (row.is_required) return "*required*";
    if (!row.unset.empty()) return std::string("*").append(row.unset).append("*");
    return std::string("`").append(default_text(row)).append("`");
}

std::string default_words(const Setting &row) {
    if (row.is_required) return "required";
    return std::string("default: ").append(row.unset.empty() ? default_text(row) : row.unset);
}

std::string row_text(const Setting &row) {
    std::string line("| `");
    line.append(row.key)
        .append("` | ")
        .append(cell(allowed_text(row)))
        .append(" | ")
        .append(cell(default_cell(row)))
        .append(" | ")
        .append(cell(row.help));
    if (!row.example.empty()) line.append("; such as `").append(row.example).append("`");
    return line.append(" |\n");
}

}  // namespace

std::string reference_markdown() {
    std::string page = kIntroduction;
    for (const auto &[scope, title, text] : kParts) {
        page.append("\n## ").append(title).append("\n\n").append(text);
        page.append("| key | allowed | default | meaning |\n|---|---|---|---|\n");
        for (const Setting &row : settings())
            if (row.scope == scope) page.append(row_text(row));
    }
    return page;
}

std::string reference_text() {
    std::string text;
    for (const Setting &row : settings()) {
        text.append(pattern(row)).append("\n    ").append(row.help);
        text.append("\n    ").append(allowed_text(row)).append("; ").append(default_words(row)).append("\n");
    }
    return text;
}

}  // namespace hbnb::config
