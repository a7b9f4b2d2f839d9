#pragma once

#include "tests/unit/config_support.hpp"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace pcmirror::test {

/// A wrong configuration and all that must be said about it.
struct Message {
    const char* name;
    std::string yaml;
    std::string text; ///< without the file's name; `(SECTIONS)` and `(PARTNER)` for the long lists
};

inline void replace_all(std::string& text, const std::string& from, const std::string& to) {
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at))
        text.replace(at, from.size(), to);
}

/// The message without what every one has in common.
inline std::string shortened(std::string text) {
    replace_all(text, "pcmirror.yaml:", "");
    replace_all(
        text,
        "(partner_center, database, schedules, customers, delete_guard, history, write_back, "
        "admin, log, state_directory, shutdown_grace)",
        "(SECTIONS)"
    );
    replace_all(
        text,
        "(cloud, api_url, login_url, resource, tenant_id, client_id, auth, client_secret, "
        "client_secret_file, client_certificate_file, refresh_token_file, tls_ca_file, proxy, "
        "concurrency, requests_per_minute, request_timeout, max_attempts)",
        "(PARTNER)"
    );
    return text;
}

/// Each configuration is refused in exactly these words, which never hold a secret. $SECRET is set.
inline void expect_messages(const std::vector<Message>& messages) {
    for (const Message& message : messages) {
        SCOPED_TRACE(message.name);
        const std::string text = problems_in(message.yaml, {{"SECRET", "hunter2"}});
        EXPECT_EQ(shortened(text), message.text);
        EXPECT_EQ(text.find("s3cret"), std::string::npos);
        EXPECT_EQ(text.find("hunter2"), std::string::npos);
    }
}

} // namespace pcmirror::test
