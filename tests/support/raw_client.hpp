#pragma once

#include <arpa/inet.h>
#include <cstdint>
#include <netinet/in.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <utility>

namespace pcmirror::testing {

/// A socket on which a test says byte for byte what it wants.
class RawClient {
  public:
    explicit RawClient(std::uint16_t port) : RawClient() { connect(port); }

    /// Not connected yet.
    RawClient() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        // A test that waits for what never comes ends, too.
        const timeval patience{60, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    }

    ~RawClient() { ::close(socket_); }

    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    void connect(std::uint16_t port) const {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
            throw std::runtime_error("the server can't be reached");
    }

    void send(std::string_view bytes) const {
        while (!bytes.empty()) {
            const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0)
                return; // the server closed: what it said can still be read
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
    }

    void end_sending() const { ::shutdown(socket_, SHUT_WR); }

    /// Up to and with `end`; what came before the connection ended where it does not come.
    std::string read_until(std::string_view end) {
        std::size_t at = 0;
        while ((at = unread_.find(end)) == std::string::npos && receive()) {
        }
        const std::size_t size = at == std::string::npos ? unread_.size() : at + end.size();
        std::string taken = unread_.substr(0, size);
        unread_.erase(0, size);
        return taken;
    }

    /// All that comes until the server closes.
    std::string read_all() {
        while (receive()) {
        }
        return std::exchange(unread_, {});
    }

    /// An answer with its body, by its Content-Length.
    std::string read_answer() {
        std::string answer = read_until("\r\n\r\n");
        const std::size_t length = length_in(answer);
        while (unread_.size() < length && receive()) {
        }
        answer += unread_.substr(0, length);
        unread_.erase(0, length);
        return answer;
    }

  private:
    static std::size_t length_in(const std::string& head) {
        constexpr std::string_view name = "Content-Length: ";
        const std::size_t at = head.find(name);
        return at == std::string::npos ? 0 : std::stoul(head.substr(at + name.size()));
    }

    bool receive() {
        char bytes[4096];
        const ssize_t size = ::recv(socket_, bytes, sizeof bytes, 0);
        if (size <= 0)
            return false;
        unread_.append(bytes, static_cast<std::size_t>(size));
        return true;
    }

    int socket_;
    std::string unread_;
};

} // namespace pcmirror::testing
