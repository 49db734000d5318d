/* handler.h alone, as C11: a whole plugin in C, and the layout of ABI 1.0 on 64-bit machines, which no later minor
 * may move. */
#include <hbnb/handler.h>

static hbnb_status load(const hbnb_host *host, hbnb_text config, void **state) {
    static const char line[] = "loaded";
    *state = 0;
    host->log(host, HBNB_LOG_INFO, (hbnb_text){line, sizeof line - 1});
    return config.data == NULL ? HBNB_FAILED : HBNB_OK;
}
static hbnb_status create(void *state, void **instance) {
    *instance = state;
    return HBNB_OK;
}
static hbnb_status handle(void *instance, hbnb_exchange *exchange) {
    const hbnb_pair type = {{"Content-Type", 12}, {"text/plain", 10}};
    hbnb_status status = exchange->call->begin_response(exchange, 200, &type, 1);
    (void)instance;
    if (status != HBNB_OK) return status;
    if (HBNB_HAS(exchange->call, hbnb_exchange_table, set_route))
        exchange->call->set_route(exchange, (hbnb_text){"/", 1});
    return exchange->call->write(exchange, "C\n", 2);
}
static void end(void *held) { (void)held; }

const hbnb_plugin *hbnb_handler_plugin(uint32_t host_major, uint32_t host_minor) {
    static const hbnb_plugin plugin = {
        .struct_size = sizeof(hbnb_plugin),
        .abi_major = HBNB_ABI_MAJOR,
        .abi_minor = HBNB_ABI_MINOR,
        .concurrency = HBNB_ONE_THREAD,
        .name = "c",
        .version = "1",
        .default_mount = "/c",
        .load = load,
        .create = create,
        .handle = handle,
        .destroy = end,
        .unload = end,
    };
    (void)host_minor;
    return host_major == HBNB_ABI_MAJOR ? &plugin : NULL;
}

#if UINTPTR_MAX == 0xffffffffffffffffu
#define AT(type, member, offset) _Static_assert(offsetof(type, member) == (offset), #type "." #member " has moved")
_Static_assert(sizeof(hbnb_text) == 16 && sizeof(hbnb_pair) == 32, "final");
AT(hbnb_text, size, 8);
AT(hbnb_pair, value, 16);
AT(hbnb_exchange_table, struct_size, 0);
AT(hbnb_exchange_table, method, 8);
AT(hbnb_exchange_table, mount, 16);
AT(hbnb_exchange_table, path, 24);
AT(hbnb_exchange_table, request_id, 32);
AT(hbnb_exchange_table, param, 40);
AT(hbnb_exchange_table, param_count, 48);
AT(hbnb_exchange_table, param_at, 56);
AT(hbnb_exchange_table, content_length, 64);
AT(hbnb_exchange_table, read_body, 72);
AT(hbnb_exchange_table, begin_response, 80);
AT(hbnb_exchange_table, write, 88);
AT(hbnb_exchange_table, flush, 96);
AT(hbnb_exchange_table, deadline_ns, 104);
AT(hbnb_exchange_table, peer_gone, 112);
AT(hbnb_exchange_table, set_route, 120);
AT(struct hbnb_exchange, call, 0);
AT(hbnb_host, struct_size, 0);
AT(hbnb_host, abi_major, 4);
AT(hbnb_host, abi_minor, 8);
AT(hbnb_host, log, 16);
AT(hbnb_host, set_error, 24);
AT(hbnb_host, service, 32);
AT(hbnb_info, worker, 4);
AT(hbnb_info, generation, 8);
AT(hbnb_info, pool, 16);
AT(hbnb_info, plugin_file, 24);
AT(hbnb_info, plugin_hash, 32);
AT(hbnb_info, threads, 40);
AT(hbnb_info, purpose, 48);
AT(hbnb_plugin, abi_major, 4);
AT(hbnb_plugin, abi_minor, 8);
AT(hbnb_plugin, concurrency, 12);
AT(hbnb_plugin, name, 16);
AT(hbnb_plugin, version, 24);
AT(hbnb_plugin, default_mount, 32);
AT(hbnb_plugin, load, 40);
AT(hbnb_plugin, create, 48);
AT(hbnb_plugin, handle, 56);
AT(hbnb_plugin, destroy, 64);
AT(hbnb_plugin, unload, 72);
AT(hbnb_plugin, extension, 80);
AT(hbnb_process, start, 8);
AT(hbnb_process, stop, 16);
#endif
