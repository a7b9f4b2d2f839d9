#include "config/secret_file.hpp"

#include "schema/error.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace pcmirror {

namespace {

constexpr std::size_t largest = 1 << 20;

/// A descriptor that closes itself.
class File {
  public:
    explicit File(const std::filesystem::path& file)
        : descriptor_(::open(file.c_str(), O_RDONLY | O_CLOEXEC)) {}

    File(const File&) = delete;
    File& operator=(const File&) = delete;
    File(File&&) = delete;
    File& operator=(File&&) = delete;

    ~File() {
        if (descriptor_ >= 0)
            ::close(descriptor_);
    }

    [[nodiscard]] int descriptor() const { return descriptor_; }

  private:
    int descriptor_;
};

[[noreturn]] void fail(int code) {
    const char* why = nullptr;
    switch (code) {
    case ENOENT:
        throw Error(Recovery::fix_config, "does not exist");
    case EACCES:
        throw Error(
            Recovery::fix_config,
            "may not be read by this user",
            "let the user that runs pcmirror read it: chgrp and chmod g+r, and x on its directories"
        );
    case EISDIR:
        throw Error(Recovery::fix_config, "is a directory");
    default:
        why = std::strerror(code);
        throw Error(Recovery::fix_config, fmt::format("can't be read: {}", why));
    }
}

} // namespace

std::string read_small_file(const std::filesystem::path& name) {
    const File file(name);
    if (file.descriptor() < 0)
        fail(errno);
    std::string content;
    char buffer[4096];
    while (true) {
        const ssize_t count = ::read(file.descriptor(), buffer, sizeof buffer);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            fail(errno);
        if (count == 0)
            return content;
        content.append(buffer, static_cast<std::size_t>(count));
        if (content.size() > largest)
            throw Error(Recovery::fix_config, "is larger than 1 MiB");
    }
}

Secret read_secret_file(const std::filesystem::path& file) {
    std::string content = read_small_file(file);
    while (content.ends_with('\n') || content.ends_with('\r'))
        content.pop_back();
    const bool several_lines = content.find('\n') != std::string::npos;
    Secret secret(std::move(content));
    if (secret.empty())
        throw Error(Recovery::fix_config, "is empty");
    if (several_lines)
        throw Error(Recovery::fix_config, "has more than one line");
    return secret;
}

} // namespace pcmirror
