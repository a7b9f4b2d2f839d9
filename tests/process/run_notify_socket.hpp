#pragma once

#include "tests/support/process.hpp"

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace pcmirror::testing {

/// Listens to what a service tells systemd; like systemd, all the time: a full queue would block
/// the service.
class NotifySocket {
  public:
    explicit NotifySocket(const std::filesystem::path& path) : path_(path) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.string().copy(address.sun_path, sizeof address.sun_path - 1);
        socket_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        // The form that bind wants.
        const auto* generic = reinterpret_cast<const sockaddr*>(&address);
        if (socket_ < 0 || bind(socket_, generic, sizeof address) != 0)
            throw std::runtime_error("no notify socket at " + path.string());
        reader_ = std::thread([this] { read(); });
    }

    ~NotifySocket() {
        shutdown(socket_, SHUT_RDWR);
        reader_.join();
        close(socket_);
    }

    NotifySocket(const NotifySocket&) = delete;
    NotifySocket& operator=(const NotifySocket&) = delete;

    [[nodiscard]] std::string path() const { return path_.string(); }

    /// Waits until a message after the one found last contains the text; false after a minute.
    bool await(const std::string& text) {
        std::unique_lock lock(mutex_);
        return news_.wait_for(lock, process_deadline, [&] {
            const auto found = std::find_if(unheard(), heard_.end(), [&](const std::string& one) {
                return one.find(text) != std::string::npos;
            });
            taken_ = std::min<std::ptrdiff_t>(found - heard_.begin() + 1, std::ssize(heard_));
            return found != heard_.end();
        });
    }

  private:
    std::vector<std::string>::iterator unheard() { return heard_.begin() + taken_; }

    void read() {
        while (true) {
            std::string message(4096, '\0');
            const ssize_t size = recv(socket_, message.data(), message.size(), 0);
            if (size <= 0)
                return;
            message.resize(static_cast<std::size_t>(size));
            const std::lock_guard lock(mutex_);
            heard_.push_back(std::move(message));
            news_.notify_all();
        }
    }

    std::filesystem::path path_;
    int socket_ = -1;
    std::mutex mutex_;
    std::condition_variable news_;
    std::vector<std::string> heard_;
    std::ptrdiff_t taken_ = 0; ///< messages that were asked about
    std::thread reader_;
};

} // namespace pcmirror::testing
