// What the tests of the pages share: a handler with a database and templates of its own, and rows for it. One thread.
#pragma once

#include "pages/pages.hpp"

#include <doctest/doctest.h>

#include <filesystem>

#include "storage/sql.hpp"
#include "unit/handlers/handler_bench.hpp"
#include "unit/handlers/test_database.hpp"

namespace hbnb {

struct PagesBench {
    TemporaryDirectory directory;
    TestDatabase database;
    BenchHost host{directory.path("pages.so")};
    HandlerBench<pages::Pages> pages{host, config()};

    std::string config() {
        std::filesystem::copy(HBNB_TEST_TEMPLATES, directory.path("templates"),
                              std::filesystem::copy_options::recursive);
        return database.config();
    }
    PagesBench() { REQUIRE_MESSAGE(pages.status() == HBNB_OK, host.error()); }
    void run(const std::string &sql) { database.run(sql); }
    void empty_tables() {
        for (const char *table : {"reviews", "place_amenity", "places", "cities", "states", "amenities", "users"}) {
            run(std::string("delete from ") + table);
        }
    }
    void insert(const std::string &table, const std::string &columns, const std::string &values) {
        const std::string time = "'2017-03-25 02:17:06'";
        run("insert into " + table + " (created_at, updated_at, " + columns + ") values (" + time + ", " + time + ", " +
            values + ")");
    }
    std::string last_logged() const { return host.lines().empty() ? "" : host.lines().back().text; }
    Answer get(const std::string &path, const std::string &front) {
        return pages.call({.path = path, .params = {{"HBNB_FRONT", front}}});
    }
};

// Names in an order that neither their ids nor their case gives; one state without cities.
inline void insert_regions(PagesBench &bench) {
    bench.empty_tables();
    for (const char *row : {"'3', 'apple'", "'2', 'Zoo'", "'1', 'Zoo'", "'4', '<b>&\"'"}) {
        bench.insert("states", "id, name", row);
    }
    for (const char *row :
         {"'c1', '3', 'b'", "'c2', '3', 'B'", "'c3', '4', '<i>'", "'c5', '1', 'c'", "'c4', '1', 'c'"}) {
        bench.insert("cities", "id, state_id, name", row);
    }
}

inline std::string simple_page(const std::string &body) {
    return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta name=\"viewport\" content=\"width=device-width, "
           "initial-scale=1\">\n<title>HBNB</title>\n</head>\n<body>\n" +
           body + "</body>\n</html>\n";
}

// The template engine leaves an empty line where a section is; white space is free on these pages.
inline std::string without_empty_lines(std::string page) {
    for (std::size_t at; (at = page.find("\n\n")) != std::string::npos;) page.erase(at, 1);
    return page;
}

inline bool has(const std::string &text, const std::string &part) { return text.find(part) != std::string::npos; }

}  // namespace hbnb
