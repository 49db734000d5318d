#include "manager/host/privileges.hpp"

#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <optional>

namespace hbnb::manager {
namespace {

constexpr std::size_t kLookupBytes = 64 << 10;
constexpr int kGroupsMax = 1024;
constexpr unsigned long kCapabilitiesMax = 64;

struct Account {
    uid_t uid;
    gid_t gid;
    std::string name;
};

template <class Number>
std::optional<Number> as_number(const std::string &text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

// As passwd(5)'s lookups say that there is no such entry, beside 0: a system without /etc/passwd, too.
bool is_no_entry(int code) { return code == 0 || code == ENOENT || code == ESRCH || code == EBADF || code == EPERM; }

// The kernel takes this number for "leave it as it is", which would leave root's.
template <class Number>
Result<Number> usable(Number number, const std::string &what) {
    if (number != static_cast<Number>(-1)) return number;
    return Error{"unable to use " + what + " " + std::to_string(number) + ": this number means none to the kernel"};
}

Result<Account> find_account(const std::string &name) {
    std::vector<char> buffer(kLookupBytes);
    passwd entry{};
    passwd *found = nullptr;
    const auto uid = as_number<uid_t>(name);
    if (uid) {
        if (const auto number = usable(*uid, "user"); !number) return number.error();
    }
    const int code = uid ? ::getpwuid_r(*uid, &entry, buffer.data(), buffer.size(), &found)
                         : ::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
    if (found != nullptr) return Account{entry.pw_uid, entry.pw_gid, entry.pw_name};
    // A number needs no account: its group then has the same number, unless `group` names one.
    if (uid && is_no_entry(code)) return Account{*uid, static_cast<gid_t>(*uid), name};
    if (!is_no_entry(code)) return os_error("look up user " + name, code);
    return Error{"unable to look up user " + name + ": there is no such user"};
}

std::vector<gid_t> groups_of(const Account &account, gid_t gid) {
    std::vector<gid_t> groups(kGroupsMax);
    int count = kGroupsMax;
    if (::getgrouplist(account.name.c_str(), gid, groups.data(), &count) < 0) count = kGroupsMax;
    groups.resize(static_cast<std::size_t>(count));
    return groups;
}

// The bounding set goes while we may still touch it: who is not root may not, and no_new_privs says the same to him. A
// kernel that knows fewer capabilities says EINVAL.
void empty_bounding_set() {
    for (unsigned long capability = 0; capability < kCapabilitiesMax; ++capability)
        ::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
}

// Those in hand: root's go with its uid, but a service manager may have given some to an ordinary user, for a port
// below 1024, and ambient ones every worker would inherit.
Result<void> drop_capabilities() {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    const std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> none{};
    ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    if (::syscall(SYS_capset, &header, none.data()) != 0) return os_error("drop capabilities", errno);
    return {};
}

Result<void> apply(const Identity &identity) {
    const std::string unable_to = "become user " + identity.name;
    if (::setgroups(identity.groups.size(), identity.groups.data()) != 0) return os_error(unable_to, errno);
    if (::setresgid(identity.gid, identity.gid, identity.gid) != 0) return os_error(unable_to, errno);
    if (::setresuid(identity.uid, identity.uid, identity.uid) != 0) return os_error(unable_to, errno);
    if (identity.uid != 0 && ::setuid(0) == 0)
        return Error{"unable to " + unable_to + ": the way back to root is still open"};
    return {};
}

}  // namespace

Result<uid_t> find_user(const std::string &name) {
    if (const auto number = as_number<uid_t>(name)) return usable(*number, "user");
    const auto account = find_account(name);
    if (!account) return account.error();
    return account->uid;
}

Result<gid_t> find_group(const std::string &name) {
    if (const auto number = as_number<gid_t>(name)) return usable(*number, "group");
    std::vector<char> buffer(kLookupBytes);
    group entry{};
    group *found = nullptr;
    const int code = ::getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
    if (found != nullptr) return entry.gr_gid;
    if (!is_no_entry(code)) return os_error("look up group " + name, code);
    return Error{"unable to look up group " + name + ": there is no such group"};
}

std::string user_name(uid_t uid) {
    const auto account = find_account(std::to_string(uid));
    return account ? account->name : std::to_string(uid);
}

std::string group_name(gid_t gid) {
    std::vector<char> buffer(kLookupBytes);
    group entry{};
    group *found = nullptr;
    ::getgrgid_r(gid, &entry, buffer.data(), buffer.size(), &found);
    return found != nullptr ? found->gr_name : std::to_string(gid);
}

Result<Identity> find_identity(const std::string &user, const std::string &group) {
    const bool root = ::geteuid() == 0;
    Identity identity{::geteuid(), ::getegid(), {}, user, false, root};
    if (user.empty() && root) {
        return Error{
            "unable to start as root without `user`: handlers would run as root (`user: root` says that it is meant)"};
    }
    if (!user.empty()) {
        const auto account = find_account(user);
        if (!account) return account.error();
        if (!root && account->uid != identity.uid) {
            return Error{"unable to run as user " + user + ": only root can change the user, and this is uid " +
                         std::to_string(identity.uid)};
        }
        identity.uid = account->uid;
        identity.gid = account->gid;
        identity.name = account->name;
    } else {
        identity.name = "uid " + std::to_string(identity.uid);
    }
    if (!group.empty()) {
        const auto gid = find_group(group);
        if (!gid) return gid.error();
        if (!root && *gid != ::getegid()) {
            return Error{"unable to run as group " + group + ": only root can change the group"};
        }
        identity.gid = *gid;
    }
    identity.change = root && (identity.uid != 0 || identity.gid != ::getegid());
    if (identity.change) identity.groups = groups_of({identity.uid, identity.gid, identity.name}, identity.gid);
    return identity;
}

Result<void> drop_privileges(const Identity &identity) {
    if (identity.uid != 0) empty_bounding_set();
    if (identity.change) {
        if (auto applied = apply(identity); !applied) return applied;
    }
    if (identity.uid != 0) {
        if (auto dropped = drop_capabilities(); !dropped) return dropped;
    }
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return os_error("set no_new_privs", errno);
    if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return os_error("keep others from looking into the manager", errno);
    return {};
}

Result<void> lift_limits() {
    rlimit descriptors{};
    if (::getrlimit(RLIMIT_NOFILE, &descriptors) != 0) return os_error("read the limit of open files", errno);
    descriptors.rlim_cur = descriptors.rlim_max;
    if (::setrlimit(RLIMIT_NOFILE, &descriptors) != 0) return os_error("lift the limit of open files", errno);
    return {};
}

}  // namespace hbnb::manager
