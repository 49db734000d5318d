/* A plugin with a thread of its own, in plain C, as hbnb.process/1 has it: start begins it, stop ends it. It says in
 * the log when each of its functions is called, and answers how often it has been loaded in this process and that
 * its thread is there. */
#include <hbnb/handler.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef START_FAILS
#define START_FAILS 0
#endif

#define TEXT(literal) ((hbnb_text){literal, sizeof(literal) - 1})

static int loads; /* in this process; all of its mounts share it */

typedef struct own_state {
    const hbnb_host *host;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    int is_running, is_ending;
} own_state;

static void say(const own_state *state, hbnb_text text) { state->host->log(state->host, HBNB_LOG_INFO, text); }

static hbnb_status load(const hbnb_host *host, hbnb_text config, void **state) {
    own_state *own = calloc(1, sizeof *own);
    (void)config;
    if (own == NULL) return HBNB_FAILED;
    own->host = host;
    pthread_mutex_init(&own->mutex, NULL);
    pthread_cond_init(&own->changed, NULL);
    ++loads;
    *state = own;
    say(own, TEXT("called: load"));
    return HBNB_OK;
}

static void *run(void *state) {
    own_state *own = state;
    pthread_mutex_lock(&own->mutex);
    own->is_running = 1;
    pthread_cond_broadcast(&own->changed);
    while (!own->is_ending) pthread_cond_wait(&own->changed, &own->mutex);
    own->is_running = 0;
    pthread_mutex_unlock(&own->mutex);
    say(own, TEXT("called: the thread ends"));
    return NULL;
}

static hbnb_status start(void *state) {
    own_state *own = state;
    say(own, TEXT("called: start"));
    if (START_FAILS) {
        own->host->set_error(own->host, TEXT("the tide is out"));
        return HBNB_FAILED;
    }
    return pthread_create(&own->thread, NULL, run, own) == 0 ? HBNB_OK : HBNB_FAILED;
}

static hbnb_status create(void *state, void **instance) {
    *instance = state;
    say(state, TEXT("called: create"));
    return HBNB_OK;
}

static hbnb_status handle(void *instance, hbnb_exchange *exchange) {
    own_state *own = instance;
    char body[100];
    pthread_mutex_lock(&own->mutex);
    while (!own->is_running) pthread_cond_wait(&own->changed, &own->mutex);
    pthread_mutex_unlock(&own->mutex);
    const int size = snprintf(body, sizeof body, "loads %d, its thread runs\n", loads);
    const hbnb_status status = exchange->call->begin_response(exchange, 200, NULL, 0);
    return status != HBNB_OK ? status : exchange->call->write(exchange, body, (size_t)size);
}

static void destroy(void *instance) { say(instance, TEXT("called: destroy")); }

static void stop(void *state) {
    own_state *own = state;
    say(own, TEXT("called: stop"));
    pthread_mutex_lock(&own->mutex);
    own->is_ending = 1;
    pthread_cond_broadcast(&own->changed);
    pthread_mutex_unlock(&own->mutex);
    pthread_join(own->thread, NULL);
}

static void unload(void *state) {
    say(state, TEXT("called: unload"));
    free(state);
}

static const void *extension(const char *id) {
    static const hbnb_process process = {.struct_size = sizeof process, .start = start, .stop = stop};
    return strcmp(id, HBNB_EXTENSION_PROCESS) == 0 ? &process : NULL;
}

HBNB_EXPORT const hbnb_plugin *hbnb_handler_plugin(uint32_t host_major, uint32_t host_minor) {
    static const hbnb_plugin plugin = {
        .struct_size = sizeof(hbnb_plugin),
        .abi_major = HBNB_ABI_MAJOR,
        .abi_minor = HBNB_ABI_MINOR,
        .concurrency = HBNB_INSTANCE_PER_THREAD,
        .name = NAME,
        .version = "1.0",
        .default_mount = "/own-thread",
        .load = load,
        .create = create,
        .handle = handle,
        .destroy = destroy,
        .unload = unload,
        .extension = extension,
    };
    (void)host_minor;
    return host_major == HBNB_ABI_MAJOR ? &plugin : NULL;
}
