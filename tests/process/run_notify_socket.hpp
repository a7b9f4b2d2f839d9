#pragma once

#include <chrono>
#include <filesystem>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace pcmirror::testing {

/// Listens to what a service tells systemd.
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
    }

    ~NotifySocket() { close(socket_); }

    NotifySocket(const NotifySocket&) = delete;
    NotifySocket& operator=(const NotifySocket&) = delete;

    [[nodiscard]] std::string path() const { return path_.string(); }

    /// Waits until a message from here on contains the text; false after half a minute.
    bool await(const std::string& text) {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        while (std::chrono::steady_clock::now() < deadline) {
            pollfd ready{socket_, POLLIN, 0};
            if (poll(&ready, 1, 1000) <= 0)
                continue;
            std::string message(4096, '\0');
            const ssize_t size = recv(socket_, message.data(), message.size(), 0);
            message.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
            heard_ += message + '\n';
            if (message.find(text) != std::string::npos)
                return true;
        }
        return false;
    }

    [[nodiscard]] const std::string& heard() const { return heard_; }

  private:
    std::filesystem::path path_;
    int socket_ = -1;
    std::string heard_;
};

} // namespace pcmirror::testing
