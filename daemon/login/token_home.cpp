#include "daemon/login/token_home.hpp"

#include "schema/error.hpp"
#include "sync/http/directory_lock.hpp"
#include "sync/http/secret_file.hpp"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace pcmirror {
namespace {

using namespace std::chrono_literals;

/// Another process needs it for one request and a file.
constexpr auto longest_lock = 1min;

/// The user that the shipped unit runs as.
constexpr const char* service_user = "pcmirror";

std::string user_name(uid_t user) {
    const passwd* const found = getpwuid(user);
    return found != nullptr ? found->pw_name : std::to_string(user);
}

std::string group_name(gid_t group) {
    const ::group* const found = getgrgid(group);
    return found != nullptr ? found->gr_name : std::to_string(group);
}

[[noreturn]] void refuse_link(const std::filesystem::path& link, uid_t owner) {
    throw Error(
        Recovery::fix_config,
        fmt::format(
            "{} is a link of {}'s to {}, which is not theirs",
            link.string(),
            user_name(owner),
            real_file_of(link).string()
        ),
        fmt::format(
            "run pcmirror login as {}, or name the file itself as "
            "partner_center.refresh_token_file",
            user_name(owner)
        )
    );
}

/// Whoever may write to a directory could have root replace any file by way of a link.
void refuse_foreign_links(const std::filesystem::path& file) {
    struct stat target = {};
    if (geteuid() != 0 || ::stat(real_directory_of(file).c_str(), &target) != 0)
        return;
    for (const std::filesystem::path& link : links_from(file)) {
        struct stat found = {};
        const bool foreign = ::lstat(link.c_str(), &found) == 0 && found.st_uid != 0 &&
                             found.st_uid != target.st_uid;
        if (foreign)
            refuse_link(link, found.st_uid);
    }
}

std::string warning_for(const std::filesystem::path& directory, uid_t owner) {
    if (geteuid() != 0 || owner != 0)
        return {};
    const bool known = getpwnam(service_user) != nullptr;
    return fmt::format(
        "the directory {0} belongs to root: a service that runs as another user can't rotate the "
        "token there; run: chown -R {1}: {0}{2}",
        directory.string(),
        known ? service_user : "USER",
        known ? "" : ", with the service's USER"
    );
}

} // namespace

TokenHome::TokenHome(std::filesystem::path file) : file_(std::move(file)) {
    refuse_foreign_links(file_);
    const SecretFile trial(file_, SecretFile::NewOwner::owner_of_directory);
}

asio::awaitable<void> TokenHome::store(Secret token, Clock& clock) const {
    const DirectoryLock lock = co_await DirectoryLock::take(file_, clock, longest_lock);
    // Somebody took minutes to sign in.
    refuse_foreign_links(file_);
    SecretFile replacement(file_, SecretFile::NewOwner::owner_of_directory);
    replacement.commit(token.reveal());
}

TokenFile TokenHome::look() const {
    struct stat found = {};
    struct stat directory = {};
    const std::filesystem::path place = real_directory_of(file_);
    TokenFile seen;
    seen.file = real_file_of(file_);
    if (::stat(seen.file.c_str(), &found) != 0 || ::stat(place.c_str(), &directory) != 0)
        return seen;
    seen.owner = user_name(found.st_uid);
    seen.group = group_name(found.st_gid);
    seen.mode = fmt::format("{:04o}", found.st_mode & 07777U);
    seen.warning = warning_for(place, directory.st_uid);
    return seen;
}

} // namespace pcmirror
