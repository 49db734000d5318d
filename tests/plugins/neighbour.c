/* Bad neighbours in plain C: each build of this file is a small plugin that goes wrong in the one way that its
 * definition names. What client and operator see of it: tests/integration/neighbour_test.cpp. */
#define _DEFAULT_SOURCE
#include <fcntl.h>
#include <hbnb/handler.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT(literal) ((hbnb_text){literal, sizeof(literal) - 1})

static const hbnb_host *its_host;
static hbnb_exchange *kept; /* of the last request */

/* ---- load */

#ifdef LOADS_SLOWLY
/* Until the file FILE.gate beside the plugin's own is gone. */
static void wait_at_gate(void) {
    const hbnb_info *info = its_host->service(its_host, HBNB_SERVICE_INFO);
    char gate[4096];
    snprintf(gate, sizeof gate, "%s.gate", info->plugin_file);
    while (access(gate, F_OK) == 0) usleep(1000);
}
#endif

static hbnb_status load(const hbnb_host *host, hbnb_text config, void **state) {
    (void)config;
    its_host = host;
    *state = NULL;
#ifdef FORKS_AT_LOAD
    if (fork() < 0) abort();
#endif
#ifdef LOADS_SLOWLY
    wait_at_gate();
#endif
    return HBNB_OK;
}

static hbnb_status create(void *state, void **instance) {
    *instance = state;
#ifdef FORKS_AT_CREATE
    if (fork() < 0) abort();
#endif
    return HBNB_OK;
}

/* ---- handle: goes wrong, then answers if it still can */

#if defined(ABORTS)
static void go_wrong(void) { abort(); }

#elif defined(HANGS)
static void go_wrong(void) {
    for (;;) pause();
}

#elif defined(LEAKS)
static void go_wrong(void) {
    for (int i = 0; i < 10; ++i)
        if (open("/dev/null", O_RDONLY | O_CLOEXEC) < 0) abort();
}

#elif defined(WRITES_LATE)
static void *write_elsewhere(void *nothing) {
    kept->call->write(kept, "elsewhere", 9);
    return nothing;
}
static void go_wrong(void) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, write_elsewhere, NULL) != 0) abort();
    pthread_join(thread, NULL);
}

#elif defined(STARTS_THREAD)
static void *live_on(void *nothing) {
    for (;;) {
        const hbnb_info *info = its_host->service(its_host, HBNB_SERVICE_INFO);
        if (info == NULL || info->pool[0] == '\0') abort();
        usleep(1000);
    }
    return nothing;
}
static void go_wrong(void) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, live_on, NULL) != 0) abort();
    pthread_detach(thread);
}
/* The last of a plugin that a process runs. */
static void __attribute__((destructor)) say_goodbye(void) {
    if (kept != NULL) its_host->log(its_host, HBNB_LOG_INFO, TEXT("the process ends, its thread runs"));
}

#else
static void go_wrong(void) {}
#endif

static hbnb_status handle(void *instance, hbnb_exchange *exchange) {
    const hbnb_pair type = {TEXT("Content-Type"), TEXT("text/plain")};
    const hbnb_text body = TEXT("answered\n");
    (void)instance;
    kept = exchange;
    go_wrong();
    const hbnb_status begun = exchange->call->begin_response(exchange, 200, &type, 1);
    return begun != HBNB_OK ? begun : exchange->call->write(exchange, body.data, body.size);
}

/* ---- the end */

static void destroy(void *instance) {
    (void)instance;
#ifdef WRITES_LATE
    if (kept != NULL) kept->call->write(kept, "late", 4);
#endif
}

static void unload(void *state) { (void)state; }

HBNB_EXPORT const hbnb_plugin *hbnb_handler_plugin(uint32_t host_major, uint32_t host_minor) {
    static const hbnb_plugin plugin = {
        .struct_size = sizeof(hbnb_plugin),
        .abi_major = HBNB_ABI_MAJOR,
        .abi_minor = HBNB_ABI_MINOR,
        .concurrency = HBNB_INSTANCE_PER_THREAD,
        .name = NAME,
        .version = "1.0",
        .default_mount = "/bad",
        .load = load,
        .create = create,
        .handle = handle,
        .destroy = destroy,
        .unload = unload,
    };
    (void)host_minor;
    return host_major == HBNB_ABI_MAJOR ? &plugin : NULL;
}
