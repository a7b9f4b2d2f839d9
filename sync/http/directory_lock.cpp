#include "sync/http/directory_lock.hpp"

#include "schema/error.hpp"
#include "sync/http/secret_file.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <utility>

namespace pcmirror {

namespace {

constexpr std::chrono::milliseconds look_again{50};

} // namespace

asio::awaitable<DirectoryLock>
DirectoryLock::take(std::filesystem::path file, Clock& clock, std::chrono::milliseconds patience) {
    const std::filesystem::path directory = real_directory_of(file);
    DirectoryLock lock(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const Instant give_up_at = clock.now() + patience;
    while (::flock(lock.descriptor_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        if (clock.now() >= give_up_at) {
            throw Error(
                Recovery::retry_later,
                "another process keeps " + directory.string() + " locked: it is signing in, too"
            );
        }
        co_await sleep_for(clock, look_again);
    }
    co_return lock;
}

DirectoryLock::DirectoryLock(DirectoryLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

DirectoryLock::~DirectoryLock() {
    if (descriptor_ >= 0) {
        ::close(descriptor_);
    }
}

} // namespace pcmirror
