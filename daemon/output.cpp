#include "daemon/output.hpp"

#include "schema/error.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <string>
#include <sys/ioctl.h>
#include <unistd.h>

namespace pcmirror {
namespace {

/// Zero when all was written, else errno.
int write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = write(descriptor, text.data(), text.size());
        if (written < 0 && errno != EINTR)
            return errno;
        if (written > 0)
            text.remove_prefix(static_cast<std::size_t>(written));
    }
    return 0;
}

} // namespace

void secure_standard_streams() {
    static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
    for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        if (fcntl(descriptor, F_GETFD) < 0)
            // The lowest free one, hence this. Writing to stdout shall fail: nobody reads it.
            static_cast<void>(open("/dev/null", descriptor == STDOUT_FILENO ? O_RDONLY : O_RDWR));
}

bool print(std::string_view text) {
    const int error = write_all(STDOUT_FILENO, text);
    if (error != 0 && error != EPIPE && error != EBADF)
        throw Error(
            Recovery::retry_later,
            std::string("writing the results to stdout: ") + std::strerror(error)
        );
    return error == 0;
}

std::string hand_out(std::string_view text) {
    if (const int error = write_all(STDOUT_FILENO, text); error != 0)
        return std::strerror(error);
    // What has no disk has nothing to be flushed.
    if (fsync(STDOUT_FILENO) != 0 && errno != EINVAL && errno != EROFS && errno != ENOTSUP)
        return std::strerror(errno);
    pollfd reader{.fd = STDOUT_FILENO, .events = 0, .revents = 0};
    if (poll(&reader, 1, 0) > 0 && (reader.revents & POLLERR) != 0)
        return std::strerror(EPIPE);
    return {};
}

void tell(std::string_view text) {
    static_cast<void>(write_all(STDERR_FILENO, text));
}

bool stderr_is_lively() {
    const char* no_colour = std::getenv("NO_COLOR");
    return isatty(STDERR_FILENO) == 1 && (no_colour == nullptr || *no_colour == '\0');
}

std::size_t terminal_width() {
    constexpr std::size_t usual = 80;
    winsize size{};
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return usual;
    return size.ws_col;
}

} // namespace pcmirror
