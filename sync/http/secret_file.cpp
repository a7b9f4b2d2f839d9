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

/// What a link says that it leads to, from where it is.
fs::path target_of(const fs::path& link) {
    std::error_code ignored;
    const fs::path target = fs::read_symlink(link, ignored);
    return target.is_absolute() ? target : link.parent_path() / target;
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

SecretFile::SecretFile(const fs::path& file, NewOwner new_owner)
    : file_(real_file_of(file)), new_owner_(new_owner) {
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
    if (::geteuid() != 0) {
        return;
    }
    struct stat owner = {};
    bool foreign = ::stat(file_.c_str(), &owner) == 0 && owner.st_uid != 0;
    if (!foreign && new_owner_ == NewOwner::owner_of_directory) {
        foreign = ::stat(directory_of(file_).c_str(), &owner) == 0 && owner.st_uid != 0;
    }
    if (foreign && ::fchown(descriptor_, owner.st_uid, owner.st_gid) != 0) {
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

std::vector<fs::path> links_from(const fs::path& file) {
    constexpr std::size_t most_links = 40; // as the kernel has it
    std::error_code ignored;
    std::vector<fs::path> links;
    fs::path at = file;
    while (links.size() < most_links && fs::is_symlink(at, ignored)) {
        links.push_back(at);
        at = target_of(at);
    }
    return links;
}

fs::path real_file_of(const fs::path& file) {
    const std::vector<fs::path> links = links_from(file);
    return links.empty() ? file : target_of(links.back());
}

fs::path real_directory_of(const fs::path& file) {
    return directory_of(real_file_of(file));
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
