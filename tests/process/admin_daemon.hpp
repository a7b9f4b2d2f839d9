#pragma once

#include "tests/process/commands_installation.hpp"

#include <csignal>
#include <functional>
#include <gtest/gtest.h>
#include <stdexcept>
#include <string>
#include <thread>

namespace pcmirror::testing {

/// `pcmirror run` with an admin endpoint on a port of its own.
class AdminDaemon {
  public:
    explicit AdminDaemon(const Installation& installation, const ProcessOptions& options = {})
        : process_(installation.words({"run"}), options), address_(await_address(1)) {}

    Process& process() { return process_; }

    /// Of the endpoint, the given time that it was made.
    std::string await_address(std::size_t time) {
        const std::string mark = "admin.listening address=";
        for (;; take_breath()) {
            const std::string log = process_.err();
            std::size_t at = 0;
            std::size_t found = 0;
            while (found < time && (at = log.find(mark, at)) != std::string::npos) {
                at += mark.size();
                ++found;
            }
            const std::size_t end = at == std::string::npos ? at : log.find('\n', at);
            if (found == time && end != std::string::npos)
                return log.substr(at, end - at);
            if (!process_.running())
                throw std::runtime_error("it ended: " + process_.err());
        }
    }

    [[nodiscard]] const std::string& address() const { return address_; }

    void move_to(std::string address) { address_ = std::move(address); }

    [[nodiscard]] HttpAnswer get(const std::string& path, const HttpHeaders& headers = {}) const {
        return http_call("GET", "http://" + address_ + path, "", headers);
    }

    /// Asks until the answer is as wanted.
    HttpAnswer await(
        const std::string& path,
        const std::function<bool(const HttpAnswer&)>& as_wanted,
        std::chrono::seconds deadline = process_deadline
    ) {
        const auto until = std::chrono::steady_clock::now() + deadline;
        for (;; take_breath()) {
            HttpAnswer answer = get(path);
            if (as_wanted(answer))
                return answer;
            if (!process_.running() || std::chrono::steady_clock::now() > until)
                throw std::runtime_error(path + " says " + answer.body + "; " + process_.err());
        }
    }

    HttpAnswer await_status(const std::string& path, int status) {
        return await(path, [status](const HttpAnswer& answer) { return answer.status == status; });
    }

    HttpAnswer await_text(const std::string& path, const std::string& text) {
        return await(path, [&](const HttpAnswer& answer) {
            return answer.body.find(text) != std::string::npos;
        });
    }

  private:
    /// Who is asked has to get on, too.
    static void take_breath() { std::this_thread::sleep_for(std::chrono::milliseconds(20)); }

    Process process_;
    std::string address_;
};

/// Waits until the status page names a customer in trouble; not all get there at the same moment.
inline HttpAnswer await_in_trouble(AdminDaemon& daemon, const std::string& part_of_name) {
    return daemon.await("/", [&](const HttpAnswer& answer) {
        const std::size_t listed = answer.body.find("Customers in trouble");
        return listed != std::string::npos &&
               answer.body.find(part_of_name, listed) < answer.body.find("</table>", listed);
    });
}

inline const nlohmann::json any_port = {{"admin", {{"listen", "127.0.0.1:0"}}}};

} // namespace pcmirror::testing
