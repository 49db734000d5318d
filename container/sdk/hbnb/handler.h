/* The handler ABI 1.0: everything that passes between the container and a plugin (a handler shared object).
 *
 * Plain C11, no other header of ours, no allocation across the border. A plugin exports exactly one symbol,
 * hbnb_handler_plugin, and returns a static table; the container calls through it. C++ authors write against
 * hbnb/handler.hpp, which is compiled into the plugin and speaks this ABI.
 *
 * Evolution. major must be equal on both sides; a minor only appends members. Every table starts with its
 * struct_size (as the side that filled it in was compiled), so that a side compiled against a longer table sees where
 * the other's ends: HBNB_HAS(table, type, member) before using a member that a later minor appended.
 *
 * Life of a plugin, in one worker process, once for each of its mounts:
 *
 *   hbnb_handler_plugin   control thread (the process's first)
 *   load                  control thread, before any handler thread exists; may be followed by a fork before start:
 *                         leave no thread, no connection and no held lock behind
 *   start                 control thread, in the process that serves; optional (hbnb.process/1)
 *   create                once a handler thread, on that thread (once in all, control thread, for SHARED_INSTANCE)
 *   handle                once a request, on the thread that created the instance (any handler thread for
 *                         SHARED_INSTANCE)
 *   destroy               where create ran, after the last handle
 *   stop                  control thread, after the last destroy, where start returned HBNB_OK; optional
 *                         (hbnb.process/1)
 *   unload                control thread, after stop; a worker that is killed calls none of the three
 *
 * Processes. A pool has several workers, and each is a process with a copy of its own of everything: a counter in a
 * member or a static variable counts the requests of one process (a member: of one thread). What is to be counted or
 * kept for all of them belongs outside: a database, a file, a service. Workers are started and ended at any time.
 *
 * Mounts. A plugin that is mounted twice in a pool is one library in the process: its static variables exist once.
 * load and all that follows it are called for each mount, with that mount's config, and each has its own state and
 * instances. What load sets up for the whole process (a library's global initialisation) must bear a second call.
 *
 * Threads of its own. A plugin begins them in start and ends them in stop; never in load, as a fork would lose them.
 * One that it begins later, in create or handle, has ended too when stop returns (where it has no stop: when unload
 * does). A handler may also use threads inside one handle, which it joins before it returns.
 * They call [any] functions only, never an exchange's, and an exception that leaves one ends the process. Signals
 * are blocked in them as in the thread that starts them: see "signals" below.
 *
 * Nothing is ever dlclose'd: new code means a new process.
 *
 * Threads and lifetimes are written at every function: [control], [handler] = a handler thread, [any].
 * No function of a plugin may let a C++ exception, longjmp or pthread_exit cross the border.
 *
 * Processes of a plugin's own:
 *
 *   fork        the child has the calling thread only, and none of the container's sockets. It executes a program or
 *               ends by _exit. One that comes back from a function of the plugin is ended there, with a line in the
 *               error log. It answers nothing: the exchange is its parent's
 *   exec        in such a child, or by posix_spawn, system or popen: what the container has open is closed on exec
 *   vfork       only with exec or _exit right behind it: the child works in its parent's memory
 *   clone(2)    called directly, or _Fork(): as fork, but its child holds the container's sockets until it ends
 *   wait        is the plugin's: a child that has ended and is not waited for is a zombie until its worker ends
 *   signals     are blocked in all threads of a worker, hence in what it starts, until that unblocks them. Not
 *               blocked are those of faults (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS) and, in
 *               handler threads, the one that asks for their stack
 *   the end     when a worker has ended, for whatever reason, its process group is killed. A process that is to live
 *               longer takes a session of its own (setsid) and executes a program; no container ends it then
 *   exit        and pthread_exit end the worker: answers that have begun are shown as cut, the other requests fail
 */
#ifndef HBNB_HANDLER_H
#define HBNB_HANDLER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HBNB_ABI_MAJOR 1u
#define HBNB_ABI_MINOR 0u

/* True where the table that `pointer` points to was filled in by a side that knew `member`. */
#define HBNB_HAS(pointer, type, member) \
    ((pointer)->struct_size >= offsetof(type, member) + sizeof(((const type *)0)->member))

/* Bytes with a length. Data that the host hands out is followed by a NUL byte that `size` does not count, so it can be
 * read as a C string (no FastCGI parameter contains a NUL); data that a plugin hands in needs none.
 * data == NULL: absent. The members of this struct are final. */
typedef struct hbnb_text {
    const char *data;
    size_t size;
} hbnb_text;

/* One response header, or one request parameter. The members of this struct are final. */
typedef struct hbnb_pair {
    hbnb_text name;
    hbnb_text value;
} hbnb_pair;

/* clang-format off */
/* What a function of the plugin tells the container to do, and what the exchange tells the plugin. */
typedef int32_t hbnb_status;
#define HBNB_OK 0
#define HBNB_FAILED 1     /* handle: 500 with the request id, the text of set_error in the error log only. A response
                             of which something was sent is cut, and said to be cut, so that nobody takes it for a
                             whole one; one that was only begun is replaced */
#define HBNB_OVERLOADED 2 /* handle: 503 with Retry-After; nothing was done, the request may be tried again */
#define HBNB_PEER_GONE 3  /* the client has gone, stalled past its limit, or was answered 504 at the deadline: nothing
                             can be sent any more */

/* How much a plugin can bear; a worker obeys the strictest of its plugins. */
typedef uint32_t hbnb_concurrency;
#define HBNB_ONE_THREAD 1u          /* never more than one handler thread in the process */
#define HBNB_INSTANCE_PER_THREAD 2u /* one instance a handler thread, each used by its thread only */
#define HBNB_SHARED_INSTANCE 3u     /* one instance, handle is called by all handler threads at once */

typedef uint32_t hbnb_log_level;
#define HBNB_LOG_DEBUG 0u
#define HBNB_LOG_INFO 1u
#define HBNB_LOG_WARNING 2u
#define HBNB_LOG_ERROR 3u

/* What read_body answers besides a positive number of bytes. */
#define HBNB_BODY_END 0          /* the whole body has been read: as many bytes as CONTENT_LENGTH says, whether or not
                                    its end was said */
#define HBNB_BODY_SHORT (-1)     /* the body ended before CONTENT_LENGTH, or had gone on behind it by then: do not
                                    act on it */
#define HBNB_BODY_TOO_LARGE (-2) /* over limits.body */
#define HBNB_BODY_PEER_GONE (-3) /* connection lost, request aborted, or stalled longer than timeouts.read */
#define HBNB_BODY_DEADLINE (-4)  /* the request's deadline has passed */
#define HBNB_BODY_MISUSE (-5)    /* called outside handle, or on another thread */

/* ---- The exchange: one request and its response ------------------------------------------------------------------
 * Valid inside handle only and only on its thread [handler]; use after that is refused and logged with the plugin's
 * name. Texts handed out live until handle returns. */
typedef struct hbnb_exchange hbnb_exchange;

typedef struct hbnb_exchange_table {
    uint32_t struct_size;

    hbnb_text (*method)(hbnb_exchange *exchange);     /* REQUEST_METHOD, never empty */
    /* The mount that matched: "" for "/", else "/demo" without a final slash. */
    hbnb_text (*mount)(hbnb_exchange *exchange);
    /* The rest of SCRIPT_NAME + PATH_INFO, decoded by the web server; starts with '/'. */
    hbnb_text (*path)(hbnb_exchange *exchange);
    /* REQUEST_ID of the web server where it is [A-Za-z0-9_-]{1,64}, else made by the container. */
    hbnb_text (*request_id)(hbnb_exchange *exchange);

    /* A FastCGI parameter by its exact name ("QUERY_STRING", "HTTP_HOST"); data == NULL where there is none.
     * HTTP_PROXY is never there. The first of duplicates wins. */
    hbnb_text (*param)(hbnb_exchange *exchange, const char *name);
    size_t (*param_count)(hbnb_exchange *exchange);
    hbnb_pair (*param_at)(hbnb_exchange *exchange, size_t index); /* absent texts for index >= param_count */

    int64_t (*content_length)(hbnb_exchange *exchange);           /* CONTENT_LENGTH; -1: not given */

    /* Reads up to size bytes of the body: the number of bytes (> 0), HBNB_BODY_END, or a negative HBNB_BODY_… Blocks,
     * bounded by timeouts.read and the deadline. After an end or an error every further call answers the same.
     * size: above 0. Of 0 the answer is HBNB_BODY_END, which says nothing of the body. */
    int64_t (*read_body)(hbnb_exchange *exchange, void *buffer, size_t size);

    /* Begins the response: status 200-599, headers copied. Once. HBNB_FAILED: begun already, a status out of range,
     * a name that is no token, a control character but tab in a value, "Status" or a hop-by-hop header, a
     * Content-Length that is no number or differs from another, or headers of more than limits.response_head in all
     * (15 KiB unless configured; each counts its name, its value and 4 bytes).
     * Without a Content-Length header the container adds one where the whole body fits its buffer (64 KiB). One that
     * the body does not keep is logged: it is set right while nothing was sent, else the response is cut.
     * Without a Content-Type header a body is sent as text/plain; charset=utf-8, with
     * X-Content-Type-Options: nosniff. */
    hbnb_status (*begin_response)(hbnb_exchange *exchange, uint32_t status, const hbnb_pair *headers, size_t count);

    /* Appends to the body; copies; sends when the buffer is full. HBNB_PEER_GONE: stop working. HBNB_FAILED: misuse.
     * For HEAD, and of status 204 or 304, the bytes are counted and not sent. */
    hbnb_status (*write)(hbnb_exchange *exchange, const void *data, size_t size);
    /* Sends what is buffered now; afterwards no Content-Length can be added. */
    hbnb_status (*flush)(hbnb_exchange *exchange);

    uint64_t (*deadline_ns)(hbnb_exchange *exchange); /* CLOCK_MONOTONIC nanoseconds; 0: none */
    /* 1 where the client is known to have gone; cheap, may be polled. */
    int32_t (*peer_gone)(hbnb_exchange *exchange);

    /* The pattern that matched ("/states/<id>"), for metrics and crash reports; copied, cut at 63 bytes. */
    void (*set_route)(hbnb_exchange *exchange, hbnb_text route);
} hbnb_exchange_table;

/* The container's object continues behind this pointer, privately. */
struct hbnb_exchange {
    const hbnb_exchange_table *call;
};

/* ---- The host --------------------------------------------------------------------------------------------------- */
typedef struct hbnb_host hbnb_host;

struct hbnb_host {
    uint32_t struct_size;
    uint32_t abi_major;
    uint32_t abi_minor;

    /* A line in the error log under the plugin's name, at most 4 KiB; a newline is shown as \n, all else that is no
     * printable ASCII as \xHH. [any] */
    void (*log)(const hbnb_host *host, hbnb_log_level level, hbnb_text text);

    /* Why the call that is about to return a failure fails; copied, the last one counts. In load, start and create it
     * becomes the refusal the operator reads, in handle a line in the error log; the client never sees it. [the
     * calling thread] */
    void (*set_error)(const hbnb_host *host, hbnb_text text);

    /* A named optional interface of the host ("hbnb.info/1"), or NULL. Lives as long as the process. [any] */
    const void *(*service)(const hbnb_host *host, const char *id);
};

/* What a process loads its plugins for. Only one that serves changes anything outside itself in load, create and
 * hbnb.process/1's start: makes tables, sample data, files.
 *
 *   SERVE   the workers of a start, and those that replace others later: they serve as soon as they are ready
 *   PROVE   the first worker of a reload. Those of before serve on beside it, and go on where it fails. It shows that
 *           they work and changes nothing. Where the reload is taken it serves on in this very process and is not
 *           loaded again: the first call of handle tells it so, and what a SERVE makes in load is made then, once. That
 *           call may come before the other pools have agreed.
 *   CHECK   `hbnb-container --check`: destroy and unload follow create, handle is never called. A container may
 *           serve the same data meanwhile. */
typedef uint64_t hbnb_purpose; /* 64 bits, so that struct_size tells whether hbnb_info has it */
#define HBNB_PURPOSE_SERVE 0u
#define HBNB_PURPOSE_PROVE 1u
#define HBNB_PURPOSE_CHECK 2u

/* service("hbnb.info/1"): where this plugin runs. Lives as long as the process. */
#define HBNB_SERVICE_INFO "hbnb.info/1"
typedef struct hbnb_info {
    uint32_t struct_size;
    uint32_t worker;         /* the worker's number, unique in the life of the container */
    uint64_t generation;     /* 1 after start; each reload takes the next number, also one that fails */
    const char *pool;
    const char *plugin_file; /* the path the plugin was copied from; the file there may have changed since */
    const char *plugin_hash; /* content hash of what is loaded, lower-case hexadecimal */
    uint32_t threads;        /* handler threads of this worker */
    hbnb_purpose purpose;    /* HBNB_PURPOSE_…; a host without it serves */
} hbnb_info;

/* ---- The plugin ------------------------------------------------------------------------------------------------- */
typedef struct hbnb_plugin {
    uint32_t struct_size;
    uint32_t abi_major;        /* HBNB_ABI_MAJOR and _MINOR it was compiled with */
    uint32_t abi_minor;
    hbnb_concurrency concurrency;
    const char *name;          /* [a-z0-9][a-z0-9_-]*, at most 63 bytes */
    const char *version;       /* free text without control characters, at most 63 bytes */
    const char *default_mount; /* "/" or "/demo"; used where the configuration names none */

    /* config: this plugin's `config:` part of the YAML as JSON text, "{}" where there is none; valid during the call.
     * host: lives as long as the process. *state is handed to create and unload. [control] */
    hbnb_status (*load)(const hbnb_host *host, hbnb_text config, void **state);
    hbnb_status (*create)(void *state, void **instance);                 /* [handler]; SHARED_INSTANCE: [control] */
    hbnb_status (*handle)(void *instance, hbnb_exchange *exchange);      /* [handler] */
    void (*destroy)(void *instance);                                     /* where create ran */
    void (*unload)(void *state);                                         /* [control] */

    /* A named optional interface of the plugin, or NULL; may itself be NULL. [control] */
    const void *(*extension)(const char *id);
} hbnb_plugin;

/* extension("hbnb.process/1"): the process that serves begins and ends. For threads of the plugin's own, and for
 * what they share: see "Threads of its own" above. Both functions must be there. Lives as long as the process.
 *
 * start: HBNB_OK, or a failure with its reason in set_error: the worker then refuses to serve, as after a failed
 * load, and what start has begun it has ended itself. It counts towards timeouts.start. [control]
 * stop: when it returns, none of the plugin's own threads runs any more. It counts towards timeouts.drain, after
 * which the worker is killed; a worker that is killed, crashes, or leaves because a request does not end calls no
 * stop. [control] */
#define HBNB_EXTENSION_PROCESS "hbnb.process/1"
typedef struct hbnb_process {
    uint32_t struct_size;
    hbnb_status (*start)(void *state); /* state: as load has set it */
    void (*stop)(void *state);
} hbnb_process;

/* The one exported symbol. host_major and host_minor are the container's ABI; NULL: cannot work with it.
 * The table is static. [control] */
#if defined(__GNUC__)
#define HBNB_EXPORT __attribute__((visibility("default")))
#else
#define HBNB_EXPORT
#endif
#define HBNB_ENTRY_NAME "hbnb_handler_plugin"
HBNB_EXPORT const hbnb_plugin *hbnb_handler_plugin(uint32_t host_major, uint32_t host_minor);

#ifdef __cplusplus
}
#endif

#endif
