#pragma once

#include <filesystem>
#include <string>

namespace pcmirror::testing {

/// A directory that is removed with all its content at the end of its scope. Its path is short
/// enough for sockets.
class TemporaryDirectory {
  public:
    TemporaryDirectory();
    ~TemporaryDirectory();
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

    [[nodiscard]] std::filesystem::path operator/(const std::string& name) const {
        return path_ / name;
    }

  private:
    std::filesystem::path path_;
};

/// The content of a file; throws where it can't be read.
std::string read_file(const std::filesystem::path& file);

/// Replaces the content of a file.
void write_file(const std::filesystem::path& file, const std::string& content);

} // namespace pcmirror::testing
