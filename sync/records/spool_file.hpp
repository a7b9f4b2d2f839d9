#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string_view>

namespace pcmirror {

/// A file without a name: written once from front to back, read any number of times, gone with its
/// owner however that ends. Throws `Error` (retry_later) that names the directory.
class SpoolFile {
  public:
    explicit SpoolFile(std::filesystem::path directory);
    SpoolFile(const SpoolFile&) = delete;
    SpoolFile& operator=(const SpoolFile&) = delete;
    SpoolFile(SpoolFile&&) = delete;
    SpoolFile& operator=(SpoolFile&&) = delete;
    ~SpoolFile();

    void append(std::string_view bytes);

    /// Hands out the content piece by piece. `visit` returns how many bytes at the end of a piece
    /// belong to something unfinished: they come again in front of the next piece.
    void read(const std::function<std::size_t(std::string_view piece)>& visit) const;

  private:
    std::filesystem::path directory_;
    int file_ = -1;
    std::uint64_t size_ = 0;
};

} // namespace pcmirror
