#pragma once

#include "sync/http/clock.hpp"

#include <filesystem>

namespace pcmirror {

/// Keeps other processes of this kind from replacing files in the same directory. It is on the
/// directory itself, so that nothing is left behind and none but the owner's rights are needed.
class DirectoryLock {
  public:
    /// For the directory of the file, or of what the file links to. Waits without blocking the
    /// event loop; throws `Error` (retry_later) after `patience`. A directory that can't be locked,
    /// as on some network file systems, is left unlocked: then the files themselves have to tell.
    static asio::awaitable<DirectoryLock>
    take(std::filesystem::path file, Clock& clock, std::chrono::milliseconds patience);

    DirectoryLock(DirectoryLock&& other) noexcept;
    ~DirectoryLock();
    DirectoryLock(const DirectoryLock&) = delete;
    DirectoryLock& operator=(const DirectoryLock&) = delete;
    DirectoryLock& operator=(DirectoryLock&&) = delete;

  private:
    explicit DirectoryLock(int descriptor) : descriptor_(descriptor) {}

    int descriptor_;
};

} // namespace pcmirror
