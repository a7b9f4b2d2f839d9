#pragma once

#include <string>

namespace pcmirror {

// Checks of single texts: each says what is wrong, to stand behind the text (`is no URL`), or
// nothing, and may bring the text to its usual spelling. None quotes the text.

/// An http or https URL without user, query and fragment; trailing slashes go.
std::string check_url(std::string& text);
/// `http://host:port`, a user name and password may stand before the host.
std::string check_proxy(std::string& text);
/// A GUID; folded to lower case.
std::string check_guid(std::string& text);
/// The partner's own tenant: a GUID or a domain.
std::string check_tenant(std::string& text);
/// A libpq connection string or URI.
std::string check_database_url(std::string& text);
/// A customer's id or domain, `*` for any part; folded to lower case.
std::string check_customer_pattern(std::string& text);
/// `host:port`, `[address]:port`.
std::string check_listen(std::string& text);
/// `create_user`, `update_subscription.quantity`.
std::string check_operation(std::string& text);
/// A cron expression, see cron.hpp.
std::string check_cron(std::string& text);
/// A time zone that this machine knows.
std::string check_timezone(std::string& text);
/// Anything.
std::string check_nothing(std::string& text);

} // namespace pcmirror
