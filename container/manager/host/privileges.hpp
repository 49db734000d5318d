// Who the container runs as: found out from `user` and `group` before anything is bound, taken on for good after
// binding.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/error.hpp"

namespace hbnb::manager {

// Whom the workers and the manager run as. A value.
struct Identity {
    uid_t uid = 0;
    gid_t gid = 0;
    std::vector<gid_t> groups;  // supplementary ones
    std::string name;           // for people
    bool change = false;        // whether it is another user than ours
    bool by_root = false;       // root started the container
};

// Looks the names up. Refused with a sentence: an unknown name; root without a `user` (handlers would run as root;
// `user: root` says that it is meant); another user while we are not root.
Result<Identity> find_identity(const std::string &user, const std::string &group);

Result<uid_t> find_user(const std::string &name);  // a name or a number
Result<gid_t> find_group(const std::string &name);
std::string user_name(uid_t uid);  // its number where it has no name
std::string group_name(gid_t gid);

// Becomes it, drops every capability and checks that there is no way back. In any case no_new_privs is set, and this
// process can be neither traced nor read by its own user: handlers run as that user (a worker is a program of its own
// and can be). Once, before there is a thread or a child. On an error the process is in between and must end.
Result<void> drop_privileges(const Identity &identity);

// Soft limit of descriptors up to the hard one; workers inherit it.
Result<void> lift_limits();

}  // namespace hbnb::manager
