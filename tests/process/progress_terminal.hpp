#pragma once

#include <array>
#include <cerrno>
#include <condition_variable>
#include <cstdlib>
#include <fcntl.h>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/ioctl.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace pcmirror::testing {

/// A terminal of so many columns, and all that programs write to it.
class Terminal {
  public:
    explicit Terminal(unsigned short columns)
        : master_(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
        const winsize size{.ws_row = 24, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
        std::array<char, 64> name{};
        if (master_ < 0 || grantpt(master_) != 0 || unlockpt(master_) != 0 ||
            ptsname_r(master_, name.data(), name.size()) != 0 ||
            ioctl(master_, TIOCSWINSZ, &size) != 0)
            throw std::runtime_error("no terminal");
        path_ = name.data();
        // The reader's end of file comes when the last program has closed it, and not before.
        held_open_ = open(path_.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
        reader_ = std::thread([this] { read_all(); });
    }

    ~Terminal() {
        close_all();
        close(master_);
    }

    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;

    [[nodiscard]] const std::string& path() const { return path_; }

    /// Waits until a text was written; whether it was, within a minute.
    bool await(const std::string& text) {
        std::unique_lock lock(mutex_);
        return news_.wait_for(lock, std::chrono::minutes(1), [&] {
            return written_.find(text) != std::string::npos;
        });
    }

    /// All that was written; for when the programs have ended.
    std::string text() {
        close_all();
        return written_;
    }

  private:
    void read_all() {
        std::array<char, 4096> buffer{};
        while (true) {
            const ssize_t size = read(master_, buffer.data(), buffer.size());
            if (size < 0 && errno == EINTR)
                continue;
            if (size <= 0)
                return;
            const std::lock_guard lock(mutex_);
            written_.append(buffer.data(), static_cast<std::size_t>(size));
            news_.notify_all();
        }
    }

    void close_all() {
        if (!reader_.joinable())
            return;
        close(held_open_);
        reader_.join();
    }

    int master_ = -1;
    int held_open_ = -1;
    std::string path_;
    std::mutex mutex_;
    std::condition_variable news_;
    std::string written_;
    std::thread reader_;
};

/// A command line with streams (`2>`, `>`, ...) redirected to the terminal.
inline std::vector<std::string>
on(const Terminal& terminal, const std::string& streams, std::vector<std::string> words) {
    const std::string script = "exec \"$@\" " + streams + "\"$0\"";
    words.insert(words.begin(), {"/bin/sh", "-c", script, terminal.path()});
    return words;
}

/// What a terminal shows in the end. It understands what a progress bar may use, and no more.
struct Screen {
    std::vector<std::string> lines = {""};
    std::size_t widest = 0;     ///< columns that were written to, also by what was erased again
    std::string not_understood; ///< control characters and sequences

    explicit Screen(std::string_view text) {
        constexpr std::string_view erase_line = "\x1b[K";
        std::size_t column = 0;
        while (!text.empty()) {
            const char letter = text.front();
            if (text.starts_with(erase_line)) {
                lines.back().resize(column);
                text.remove_prefix(erase_line.size());
                continue;
            }
            text.remove_prefix(1);
            if (letter == '\n') {
                lines.emplace_back();
            } else if (letter == '\r') {
                column = 0;
            } else if (static_cast<unsigned char>(letter) < ' ' || letter == '\x7f') {
                not_understood += letter;
            } else {
                lines.back().resize(std::max(lines.back().size(), column + 1), ' ');
                lines.back()[column++] = letter;
                widest = std::max(widest, column);
            }
        }
        if (lines.back().empty())
            lines.pop_back();
    }
};

} // namespace pcmirror::testing
