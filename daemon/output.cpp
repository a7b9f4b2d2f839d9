#include "daemon/output.hpp"

#include "schema/error.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
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
    int opened = 0;
    while (opened >= 0 && opened <= STDERR_FILENO)
        opened = open("/dev/null", O_RDWR);
    if (opened > STDERR_FILENO)
        close(opened);
}

bool print(std::string_view text) {
    const int error = write_all(STDOUT_FILENO, text);
    if (error != 0 && error != EPIPE)
        throw Error(
            Recovery::retry_later,
            std::string("writing the results to stdout: ") + std::strerror(error)
        );
    return error == 0;
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
