// The files that are made from the table, and the example that people copy.
#include "config/pages/reference.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "config/settings/settings.hpp"
#include "config/settings/value.hpp"
#include "unit/config/config_file.hpp"

using namespace hbnb::config;

namespace {

std::string content_of(const std::string &file) {
    std::ifstream in(std::string(HBNB_SOURCE_DIR) + "/" + file, std::ios::binary);
    REQUIRE(in.good());
    return {std::istreambuf_iterator<char>(in), {}};
}

Config shipped() {
    const Loaded loaded = load(std::string(HBNB_SOURCE_DIR) + "/conf/hbnb.yaml", {});
    if (const auto *problems = std::get_if<Problems>(&loaded)) FAIL(problems->sentences.at(0));
    return std::get<Config>(loaded);
}

}  // namespace

TEST_CASE("the reference page is what the table makes (build the target config-docs)") {
    CHECK((content_of("container/docs/configuration.md") == reference_markdown()));
}

TEST_CASE("the schema is what the table makes (build the target config-docs)") {
    CHECK((content_of("conf/hbnb.schema.json") == schema_json()));
}

TEST_CASE("the schema knows every key of the table, and allows no other") {
    const auto schema = nlohmann::json::parse(schema_json());
    const char *const definitions[] = {"", "pool", "unix_listener", "tcp_listener", "mount"};
    for (const Setting &row : settings()) {
        INFO(pattern(row));
        const auto *form =
            row.scope == Scope::root ? &schema : &schema.at("definitions").at(definitions[static_cast<int>(row.scope)]);
        std::string_view rest = row.key;
        while (!rest.empty()) {
            if (form->contains("anyOf")) form = &form->at("anyOf").at(1);
            CHECK(form->at("additionalProperties") == false);
            const std::string word(rest.substr(0, rest.find('.')));
            form = &form->at("properties").at(word);
            rest.remove_prefix(std::min(rest.size(), word.size() + 1));
        }
        CHECK(form->at("description").get<std::string>().starts_with(row.help));
    }
}

TEST_CASE("the reference page names every key") {
    const std::string page = reference_markdown();
    for (const Setting &row : settings()) {
        INFO(pattern(row));
        CHECK(page.find("| `" + std::string(row.key) + "` |") != std::string::npos);
    }
}

TEST_CASE("the shipped hbnb.yaml loads as it is and shows the defaults") {
    const Config config = shipped();
    CHECK(config.log.level == Log{}.level);
    CHECK(config.log.error == Log{}.error);
    REQUIRE(config.pools.size() == 1);
    Pool pool = config.pools[0];
    CHECK(pool.name == "hbnb");
    REQUIRE(pool.plugins.size() == 2);
    CHECK(pool.plugins[0].mount == "/api/v1");
    CHECK(pool.plugins[0].file == "/usr/lib/hbnb/handlers/api.so");
    CHECK(pool.plugins[0].config == R"({"database":"sqlite:///var/lib/hbnb/hbnb.db"})");
    CHECK(pool.plugins[1].mount == "/");
    CHECK(pool.plugins[1].config == pool.plugins[0].config);
    REQUIRE(pool.listen.size() == 1);
    UnixListener listener;
    listener.path = "/run/hbnb.sock";
    listener.group = "www-data";
    CHECK(pool.listen[0] == Listener(listener));
    pool.name.clear();
    pool.listen.clear();
    pool.plugins.clear();
    pool.handlers_directory.clear();
    CHECK(pool == Pool{});
}

TEST_CASE("the shipped hbnb.yaml mentions every key") {
    const std::string text = content_of("conf/hbnb.yaml");
    for (const Setting &row : settings()) {
        INFO(pattern(row));
        CHECK(text.find(std::string(row.key.substr(row.key.rfind('.') + 1)) + ":") != std::string::npos);
    }
}

TEST_CASE("what the shipped hbnb.yaml comments out is sound, too") {
    std::string text = content_of("conf/hbnb.yaml");
    const auto uncomment = [&](const std::string &line) {
        const std::size_t at = text.find("# " + line);
        INFO(line);
        REQUIRE(at != std::string::npos);
        text.erase(at, 2);
    };
    for (const char *line : {"owner: hbnb", "allow_uids:", "- tcp:", "  backlog: 4096\n", "  allow_remote:", "  allow:",
                             "/demo:", "  plugin: /usr/lib/hbnb/demo/demo.so", "  config: {}"})
        uncomment(line);
    const Config config = ConfigFile(text).config();
    CHECK(config.pools.at(0).listen.size() == 2);
    CHECK(config.pools.at(0).plugins.size() == 3);
}

TEST_CASE("the terminal's page has every key with what it allows") {
    const std::string text = reference_text();
    for (const Setting &row : settings()) {
        INFO(pattern(row));
        CHECK(text.find(pattern(row) + "\n    " + std::string(row.help) + "\n    " + allowed_text(row)) !=
              std::string::npos);
    }
}
