#include "sync/records/spool_file.hpp"

#include "schema/error.hpp"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <system_error>
#include <unistd.h>

namespace pcmirror {
namespace {

constexpr std::size_t read_size = 256 << 10;

Error failed(std::string_view action, const std::filesystem::path& directory, int code) {
    const std::string hint =
        code == ENOSPC || code == EDQUOT
            ? "free some space there, or set state_directory to a larger place"
            : "set state_directory to a directory that exists and that this program may write to";
    return {
        Recovery::retry_later,
        std::string(action) + " a temporary file in " + directory.string() + ": " +
            std::generic_category().message(code),
        hint};
}

int open_unlinked(const std::filesystem::path& directory) {
    const int file = ::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
    // Not every file system can make a file without a name.
    if (file >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
        return file;
    std::string name = (directory / "spool-XXXXXX").string();
    const int named = ::mkostemp(name.data(), O_CLOEXEC);
    if (named >= 0)
        ::unlink(name.c_str());
    return named;
}

} // namespace

SpoolFile::SpoolFile(std::filesystem::path directory)
    : directory_(std::move(directory)), file_(open_unlinked(directory_)) {
    if (file_ < 0)
        throw failed("opening", directory_, errno);
}

SpoolFile::~SpoolFile() {
    ::close(file_);
}

void SpoolFile::append(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written =
            ::pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(size_));
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            throw failed("writing", directory_, written < 0 ? errno : ENOSPC);
        size_ += static_cast<std::uint64_t>(written);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

std::size_t SpoolFile::read(std::uint64_t from, std::string& piece) const {
    if (from == size_)
        return 0;
    const std::size_t before = piece.size();
    piece.resize(before + read_size);
    ssize_t got = -1;
    do
        got = ::pread(file_, piece.data() + before, read_size, static_cast<off_t>(from));
    while (got < 0 && errno == EINTR);
    if (got <= 0)
        throw failed("reading", directory_, got < 0 ? errno : EIO);
    piece.resize(before + static_cast<std::size_t>(got));
    return static_cast<std::size_t>(got);
}

} // namespace pcmirror
