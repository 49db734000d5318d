// A running nginx of one test, whose configuration includes the files of nginx-fastcgi/ unchanged, as quickstart's
// does, and which serves the site's files.
// At its end it must have left well: exit code 0, and no alert, emergency or critical line in its log.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "support/http_client.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

namespace hbnb::test {

struct NginxSettings {
    std::string socket = {};       // the container's
    bool cache = false;            // with cache.conf
    bool tls = false;              // with tls.conf, on a port of its own, with a certificate made for the test
    bool keep_connections = true;  // to the container
    bool site_files = true;        // static/ and hbnb_static/ of handlers/hbnb
    std::string server = {};       // further directives of the server block
    std::string text = {};  // a whole configuration instead, with @PORT@ for the port and @DIR@ for the directory
};

class Nginx {
  public:
    explicit Nginx(NginxSettings settings);  // waits until it listens; throws with what it said when it does not
    Nginx(const Nginx &) = delete;
    Nginx &operator=(const Nginx &) = delete;
    ~Nginx();

    const TempDir &dir() const { return dir_; }
    std::uint16_t port() const { return port_; }
    std::uint16_t tls_port() const { return tls_port_; }
    Endpoint endpoint() const { return tcp(port_); }
    HttpResponse get(const std::string &target) const { return test::get(endpoint(), target); }
    std::string error_log() const { return read_file(dir_ / "error.log"); }
    void expect_in_log(std::string text) {
        expected_.push_back(std::move(text));
    }  // critical, and what the test is about
    void finish();

  private:
    void check_log() const;
    bool start();  // false: the port was taken in between

    TempDir dir_;
    NginxSettings settings_;
    std::uint16_t port_ = 0, tls_port_ = 0;
    std::unique_ptr<Process> process_;
    std::vector<std::string> expected_;
};

std::string nginx_fastcgi_directory();  // of the source tree

}  // namespace hbnb::test
