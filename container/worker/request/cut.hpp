// The end of a connection whose answer has begun and does not become whole: the request is over its deadline, its
// handler fails in the middle, the body is not as long as announced, the peer takes nothing more, or the worker ends
// itself.
//
// The end of the connection does not say so. nginx takes it for the end of the answer where it does not buffer
// (X-Accel-Buffering: no), and without kept connections always. So the last bytes are a record header that is not valid
// (fcgi::kInvalidHeader), behind whole records: then nginx cuts its own client, too. A worker that is killed says
// nothing.
#pragma once

#include <string_view>

namespace hbnb::worker {

// torn: what is left to be sent of the records that have gone out in part. Never waits: where the socket is full it is
// given more room, and a TCP connection that has none is reset. Nothing can be sent or received on the socket
// afterwards. Any thread, while no other sends.
void end_as_cut(int socket, std::string_view torn = {});

}  // namespace hbnb::worker
