/* A plugin in plain C, and, by one definition each, what a plugin can get wrong before it serves. */
#include <hbnb/handler.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#ifndef ABI_MAJOR
#define ABI_MAJOR HBNB_ABI_MAJOR
#endif
#ifndef NAME
#define NAME "bare-c"
#endif
#ifndef HAS_HANDLE
#define HAS_HANDLE 1
#endif
#ifndef TABLE_SIZE
#define TABLE_SIZE sizeof(hbnb_plugin)
#endif

#ifdef UNRESOLVED
void nobody_defines_this(void);
#endif

#ifdef STATIC_GIB
/* Static data of this size: at its end, so that no other is out of reach. */
char static_data[(size_t)STATIC_GIB << 30] __attribute__((visibility("default")));
#endif

static hbnb_text text(const char *literal, size_t size) {
    hbnb_text made = {literal, size};
    return made;
}
#define TEXT(literal) text(literal, sizeof(literal) - 1)

#ifdef FAILS_BUT_ONCE
/* The first worker of its manager takes a name that the others then find taken, for as long as it lives. */
static int is_second(void) {
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    snprintf(name.sun_path + 1, sizeof name.sun_path - 1, "hbnb-test-%ld", (long)getppid());
    return bind(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), (const struct sockaddr *)&name, sizeof name) != 0;
}
#define LOAD_FAILS is_second()
#endif

static hbnb_status load(const hbnb_host *host, hbnb_text config, void **state) {
    (void)config;
    *state = NULL;
#ifdef LOAD_ABORTS
    abort();
#endif
#ifdef UNRESOLVED
    nobody_defines_this();
#endif
#ifdef LOAD_HANGS
    for (;;) pause();
#endif
#ifndef LOAD_FAILS
#define LOAD_FAILS 0
#endif
    if (!LOAD_FAILS) return HBNB_OK;
    host->set_error(host, TEXT("the moon is not full"));
    return HBNB_FAILED;
}

static hbnb_status create(void *state, void **instance) {
    *instance = state;
#ifdef CREATE_FAILS
    return HBNB_FAILED;
#else
    return HBNB_OK;
#endif
}

static hbnb_status handle(void *instance, hbnb_exchange *exchange) {
    (void)instance;
    const hbnb_pair headers[] = {{TEXT("Content-Type"), TEXT("text/plain")}};
    hbnb_status status = exchange->call->begin_response(exchange, 200, headers, 1);
    return status != HBNB_OK ? status : exchange->call->write(exchange, "bare\n", 5);
}

static void destroy(void *instance) { (void)instance; }
static void unload(void *state) { (void)state; }

static const hbnb_plugin kPlugin = {
    .struct_size = TABLE_SIZE,
    .abi_major = ABI_MAJOR,
    .abi_minor = HBNB_ABI_MINOR,
    .concurrency = HBNB_SHARED_INSTANCE,
    .name = NAME,
    .version = "1.0",
    .default_mount = "/bare",
    .load = load,
    .create = create,
    .handle = HAS_HANDLE ? handle : NULL,
    .destroy = destroy,
    .unload = unload,
    .extension = NULL,
};

#ifdef NO_ENTRY
HBNB_EXPORT const hbnb_plugin *another_name(void) { return &kPlugin; }
#else
HBNB_EXPORT const hbnb_plugin *hbnb_handler_plugin(uint32_t host_major, uint32_t host_minor) {
    (void)host_minor;
#ifdef REFUSES_ABI
    return host_major == 0 ? &kPlugin : NULL;
#else
    (void)host_major;
    return &kPlugin;
#endif
}
#endif
