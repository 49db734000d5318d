// From a C++ class to the plugin's table: makes and ends its objects, and is the exception border.
// HBNB_EXPORT_HANDLER(T) once in a plugin, at file scope, T being a class with
//
//   static constexpr PluginInfo info{…};
//   Response handle(Request &);                 one request [handler]
//
// and one of the constructors
//   T(State &)                                  with `using State = …;`: made once a handler thread (once in all for
//                                               Concurrency::shared_instance), all from one State
//   T(Host) or T()
//
// A State is made once a process (and once for each mount, where the plugin has several), by State(Host,
// std::string_view config) (the plugin's `config:` as JSON text), State(Host) or State(), before any handler thread
// exists and perhaps before a fork: it leaves no thread, no connection and no held lock behind. It outlives every T. It
// may have
//
//   void start()      in the process that serves, before the first T: the place for threads of the plugin's own. May
//                     throw
//   void stop()       after the last T, where start has returned: when it returns, none of these threads runs any more
//
// (handler.h, "Threads of its own"). For other interfaces of the plugin's T may have
//
//   static const void *extension(const char *id)
//
// which is not asked for hbnb.process/1 where State has start or stop.
//
// A constructor refuses by throwing: what() becomes the sentence the operator reads.
#pragma once

#include <hbnb/handler.h>
#include <hbnb/failure.hpp>
#include <hbnb/host.hpp>
#include <hbnb/request.hpp>
#include <hbnb/response.hpp>
#include <hbnb/response_stream.hpp>
#include <hbnb/text.hpp>

#include <cxxabi.h>

#include <cstdlib>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeinfo>

namespace hbnb::sdk {

// How much the plugin bears (handler.h: hbnb_concurrency).
enum class Concurrency : hbnb_concurrency {
    one_thread = HBNB_ONE_THREAD,
    instance_per_thread = HBNB_INSTANCE_PER_THREAD,
    shared_instance = HBNB_SHARED_INSTANCE,
};

struct PluginInfo {
    const char *name;     // [a-z0-9][a-z0-9_-]*, at most 63 bytes
    const char *version;  // at most 63 bytes
    Concurrency concurrency = Concurrency::instance_per_thread;
    const char *default_mount;  // "/" or "/demo"
};

namespace detail {

// What an exception says: its text to an operator who reads why a plugin is refused, its type as well to who wrote the
// handler.
enum class Words { text, type_and_text };

// Of the exception that is being handled.
inline std::string in_words(std::string text, Words words) {
    const std::type_info *const type = abi::__cxa_current_exception_type();  // nullptr: of another language
    if (words == Words::text || type == nullptr) return text;
    const std::unique_ptr<char, decltype(&std::free)> name(abi::__cxa_demangle(type->name(), nullptr, nullptr, nullptr),
                                                           &std::free);
    return (name != nullptr ? name.get() : type->name()) + (": " + text);
}

// Runs `work`, which returns a status, and lets nothing out but the unwinding of pthread_exit and pthread_cancel: that
// belongs to the thread, and who stops it ends the process. `host` hears why something failed.
template <class Work>
hbnb_status guarded(const Host &host, Work &&work, Words words = Words::text) {
    try {
        return work();
    } catch (const abi::__forced_unwind &) {
        throw;
    } catch (const Overloaded &refusal) {
        host.set_error(refusal.what());
        return HBNB_OVERLOADED;
    } catch (const PeerGone &) {
        return HBNB_PEER_GONE;
    } catch (const std::exception &failure) {
        host.set_error(in_words(failure.what(), words));
        return HBNB_FAILED;
    } catch (...) {
        host.set_error(in_words("an exception that is no std::exception", words));
        return HBNB_FAILED;
    }
}

// One request to a handler, its response sent, nothing thrown.
template <class Handler>
hbnb_status answer(const Host &host, Handler &handler, hbnb_exchange *exchange) {
    return guarded(
        host,
        [&] {
            Request request(exchange);
            const Response response = handler.handle(request);
            if (!response.is_streamed()) ResponseStream::send(exchange, response);
            return HBNB_OK;
        },
        Words::type_and_text);
}

struct NoState {};

template <class Handler>
struct StateOf {
    using type = NoState;
};
template <class Handler>
    requires requires { typename Handler::State; }
struct StateOf<Handler> {
    using type = typename Handler::State;
};

// clang-format off
// The state with the host it was loaded by; what load hands to create and unload.
template <class State>
struct Loaded {
    Host host;
    State state;

    Loaded(Host its_host, [[maybe_unused]] std::string_view config)
        requires std::is_constructible_v<State, Host, std::string_view>
        : host(its_host), state(its_host, config) {}
    Loaded(Host its_host, std::string_view)
        requires(!std::is_constructible_v<State, Host, std::string_view> && std::is_constructible_v<State, Host>)
        : host(its_host), state(its_host) {}
    Loaded(Host its_host, std::string_view)
        requires(!std::is_constructible_v<State, Host, std::string_view> && !std::is_constructible_v<State, Host>)
        : host(its_host), state() {}
};

// The handler with its host; what create hands to handle and destroy.
template <class Handler, class State>
struct Created {
    Host host;
    Handler handler;

    explicit Created(Loaded<State> &from)
        requires std::is_constructible_v<Handler, State &>
        : host(from.host), handler(from.state) {}
    explicit Created(Loaded<State> &from)
        requires(!std::is_constructible_v<Handler, State &> && std::is_constructible_v<Handler, Host>)
        : host(from.host), handler(from.host) {}
    explicit Created(Loaded<State> &from)
        requires(!std::is_constructible_v<Handler, State &> && !std::is_constructible_v<Handler, Host>)
        : host(from.host), handler() {}
};
// clang-format on

// The functions of the plugin's table.
template <class Handler>
class Border {
    using State = typename StateOf<Handler>::type;
    using LoadedState = Loaded<State>;
    using CreatedHandler = Created<Handler, State>;

  public:
    static hbnb_status load(const hbnb_host *host, hbnb_text config, void **state) {
        return guarded(Host(host), [&] {
            *state = new LoadedState(Host(host), view(config));
            return HBNB_OK;
        });
    }
    static hbnb_status create(void *state, void **instance) {
        auto &loaded = *static_cast<LoadedState *>(state);
        return guarded(loaded.host, [&] {
            *instance = new CreatedHandler(loaded);
            return HBNB_OK;
        });
    }
    static hbnb_status handle(void *instance, hbnb_exchange *exchange) {
        auto &created = *static_cast<CreatedHandler *>(instance);
        return answer(created.host, created.handler, exchange);
    }
    static void destroy(void *instance) {
        end(static_cast<CreatedHandler *>(instance), "unable to destroy the instance cleanly");
    }
    static void unload(void *state) { end(static_cast<LoadedState *>(state), "unable to unload cleanly"); }
    static hbnb_status start([[maybe_unused]] void *state) {
        auto &loaded = *static_cast<LoadedState *>(state);
        return guarded(loaded.host, [&] {
            if constexpr (requires { loaded.state.start(); }) loaded.state.start();
            return HBNB_OK;
        });
    }
    static void stop(void *state) {
        auto &loaded = *static_cast<LoadedState *>(state);
        const hbnb_status status = guarded(loaded.host, [&] {
            if constexpr (requires { loaded.state.stop(); }) loaded.state.stop();
            return HBNB_OK;
        });
        if (status != HBNB_OK) loaded.host.log(LogLevel::error, "unable to stop cleanly");
    }
    static const void *extension(const char *id) {
        if constexpr (
            requires(State & state) { state.start(); } || requires(State & state) { state.stop(); }) {
            if (std::string_view(id) == HBNB_EXTENSION_PROCESS) return &kProcess;
        }
        if constexpr (requires { Handler::extension(id); }) {
            return Handler::extension(id);
        } else {
            return nullptr;
        }
    }

  private:
    static constexpr hbnb_process kProcess{.struct_size = sizeof(hbnb_process), .start = &start, .stop = &stop};

    // A destructor that throws anyway (noexcept(false)) costs a line in the log.
    template <class Held>
    static void end(Held *held, const char *failure) {
        if (held == nullptr) return;
        const Host host = held->host;
        const hbnb_status status = guarded(host, [&] {
            delete held;
            return HBNB_OK;
        });
        if (status != HBNB_OK) host.log(LogLevel::error, failure);
    }
};

template <class Handler>
inline constexpr hbnb_plugin kPlugin{
    .struct_size = sizeof(hbnb_plugin),
    .abi_major = HBNB_ABI_MAJOR,
    .abi_minor = HBNB_ABI_MINOR,
    .concurrency = static_cast<hbnb_concurrency>(Handler::info.concurrency),
    .name = Handler::info.name,
    .version = Handler::info.version,
    .default_mount = Handler::info.default_mount,
    .load = &Border<Handler>::load,
    .create = &Border<Handler>::create,
    .handle = &Border<Handler>::handle,
    .destroy = &Border<Handler>::destroy,
    .unload = &Border<Handler>::unload,
    .extension = &Border<Handler>::extension,
};

}  // namespace detail

}  // namespace hbnb::sdk

#define HBNB_EXPORT_HANDLER(Handler)                                                               \
    extern "C" HBNB_EXPORT const hbnb_plugin *hbnb_handler_plugin(uint32_t host_major, uint32_t) { \
        return host_major == HBNB_ABI_MAJOR ? &::hbnb::sdk::detail::kPlugin<Handler> : nullptr;    \
    }
