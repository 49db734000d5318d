#include "given_plugin.hpp"

#include <fcntl.h>

#include <cstdint>
#include <cstdlib>
#include <stdexcept>

namespace hbnb::test {

hbnb_plugin good_table() {
    hbnb_plugin table{};
    table.struct_size = sizeof table;
    table.abi_major = HBNB_ABI_MAJOR;
    table.abi_minor = HBNB_ABI_MINOR;
    table.concurrency = HBNB_INSTANCE_PER_THREAD;
    table.name = "given";
    table.version = "1.0";
    table.default_mount = "/given";
    table.load = [](const hbnb_host *, hbnb_text, void **) -> hbnb_status { return HBNB_OK; };
    table.create = [](void *, void **) -> hbnb_status { return HBNB_OK; };
    table.handle = [](void *, hbnb_exchange *) -> hbnb_status { return HBNB_FAILED; };
    table.destroy = [](void *) {};
    table.unload = [](void *) {};
    return table;
}

Result<std::unique_ptr<worker::Plugin>> open_given(const hbnb_plugin &table, const wire::WorkerSetup &setup,
                                                   const worker::ErrorLog &log, const std::string &mount,
                                                   const std::string &config) {
    static const Fd file(::open(HBNB_TEST_PLUGINS "/given_table.so", O_RDONLY | O_CLOEXEC));
    if (!file.is_open()) throw std::runtime_error("unable to open " HBNB_TEST_PLUGINS "/given_table.so");
    ::setenv("HBNB_TEST_TABLE", std::to_string(reinterpret_cast<std::uintptr_t>(&table)).c_str(), 1);
    auto opened = worker::Plugin::open(setup, {"p.so", "", mount, config, file.get()}, log);
    ::unsetenv("HBNB_TEST_TABLE");
    return opened;
}

}  // namespace hbnb::test
