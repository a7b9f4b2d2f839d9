#include "sync/http/secret_file.hpp"

#include "schema/error.hpp"
#include "sync/http/token.hpp"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace pcmirror {

namespace {

namespace fs = std::filesystem;

/// Refresh tokens have 1 to 2 KiB; a disk that has no room for this has none for one of them.
constexpr off_t room = 16 << 10;

std::string words(int error) {
    return std::generic_category().message(error);
}

/// Where the file really is, so that a link stays a link.
fs::path target_of(const fs::path& file) {
    std::error_code ignored;
    if (!fs::is_symlink(file, ignored)) {
        return file;
    }
    const fs::path target = fs::weakly_canonical(file, ignored);
    return ignored ? file : target;
}

class Descriptor {
  public:
    explicit Descriptor(int descriptor) : descriptor_(descriptor) {}

    ~Descriptor() {
        if (descriptor_ >= 0) {
            ::close(descriptor_);
        }
    }

    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    [[nodiscard]] int get() const { return descriptor_; }

  private:
    int descriptor_;
};

/// Returns the error, or 0.
int write_all(int descriptor, std::string_view content) {
    while (!content.empty()) {
        const ssize_t written = ::write(descriptor, content.data(), content.size());
        if (written < 0 && errno != EINTR) {
            return errno;
        }
        content.remove_prefix(written > 0 ? static_cast<std::size_t>(written) : 0);
    }
    return 0;
}

int sync_directory(const fs::path& directory) {
    const Descriptor opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    // Some file systems can't sync a directory and say so; those keep no promise anyway.
    const bool failed = opened.get() < 0 || (::fsync(opened.get()) != 0 && errno != EINVAL);
    return failed ? errno : 0;
}

fs::path directory_of(const fs::path& file) {
    return file.has_parent_path() ? file.parent_path() : fs::path(".");
}

} // namespace

SecretFile::SecretFile(const fs::path& file) : file_(target_of(file)) {
    std::error_code ignored;
    if (fs::is_directory(file_, ignored)) {
        fail("replace it", EISDIR);
    }
    temporary_ =
        (directory_of(file_) / fmt::format(".{}.XXXXXX", file_.filename().string())).string();
    descriptor_ = ::mkostemp(temporary_.data(), O_CLOEXEC);
    if (descriptor_ < 0) {
        const int error = errno;
        temporary_.clear();
        fail("create a file in its directory", error);
    }
    const int error = ::posix_fallocate(descriptor_, 0, room);
    if (error == ENOSPC || error == EDQUOT || error == EFBIG) {
        discard();
        fail("reserve room for it", error);
    }
}

SecretFile::~SecretFile() {
    discard();
}

void SecretFile::discard() noexcept {
    if (descriptor_ >= 0) {
        ::close(std::exchange(descriptor_, -1));
    }
    if (!temporary_.empty()) {
        ::unlink(temporary_.c_str());
        temporary_.clear();
    }
}

void SecretFile::commit(std::string_view content) {
    if (::ftruncate(descriptor_, 0) != 0 || ::fchmod(descriptor_, S_IRUSR | S_IWUSR) != 0) {
        fail("prepare it", errno);
    }
    keep_owner();
    if (const int error = write_all(descriptor_, content); error != 0) {
        fail("write it", error);
    }
    if (::fsync(descriptor_) != 0) {
        fail("bring it to the disk", errno);
    }
    if (::rename(temporary_.c_str(), file_.c_str()) != 0) {
        fail("replace it", errno);
    }
    temporary_.clear();
    if (const int error = sync_directory(directory_of(file_)); error != 0) {
        fail("bring its directory to the disk", error);
    }
}

void SecretFile::keep_owner() const {
    struct stat old = {};
    const bool foreign = ::geteuid() == 0 && ::stat(file_.c_str(), &old) == 0 && old.st_uid != 0;
    if (foreign && ::fchown(descriptor_, old.st_uid, old.st_gid) != 0) {
        fail("keep its owner", errno);
    }
}

void SecretFile::fail(std::string_view doing, int error) const {
    throw Error(
        Recovery::fix_config,
        fmt::format("writing {}: can't {}: {}", file_.string(), doing, words(error)),
        fmt::format(
            "let the user that runs pcmirror write to the directory {} (and have room there)",
            directory_of(file_).string()
        )
    );
}

void write_secret_file(const fs::path& file, std::string_view content) {
    SecretFile replacement(file);
    replacement.commit(content);
}

fs::path real_directory_of(const fs::path& file) {
    return directory_of(target_of(file));
}

std::string fingerprint(const fs::path& file) {
    struct stat found = {};
    if (file.empty() || ::stat(file.c_str(), &found) != 0) {
        return "-";
    }
    return fmt::format(
        "{}:{}:{}.{}", found.st_ino, found.st_size, found.st_mtim.tv_sec, found.st_mtim.tv_nsec
    );
}

} // namespace pcmirror
