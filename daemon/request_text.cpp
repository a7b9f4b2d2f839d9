#include "daemon/request_text.hpp"

#include "daemon/json.hpp"
#include "schema/operation_catalogue.hpp"
#include "sync/write/request_needs.hpp"
#include "sync/write/write_request.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace pcmirror {
namespace {

/// Puts USER_ID where the id of a user belongs whom the payload has by name; returns that name.
/// Empty: the payload has the id, or none is wanted.
std::string stand_in_for_user(const Operation& operation, Document& payload) {
    const Document* name = payload.find("/user_principal_name");
    if (field_of(operation, "user_id") == nullptr || name == nullptr ||
        payload.find("/user_id") != nullptr)
        return {};
    std::string wanted = name->text();
    payload.set("/user_id", Document::text("USER_ID"));
    // It names the user, and is no change.
    std::erase_if(payload.members(), [](const Document::Member& member) {
        return member.first == "user_principal_name";
    });
    return wanted;
}

} // namespace

ShownRequest
shown_request(const Settings& settings, const Operation& operation, const NewJob& job) {
    FilledOperation filled{
        &operation,
        job.customer_id,
        settings.partner_center.tenant_id,
        without_secret_fields(operation, Document::parse(job.payload))};
    ShownRequest shown;
    shown.user_id_of = stand_in_for_user(operation, filled.payload);
    shown.operation = operation.name;
    shown.customer_id = job.customer_id;
    const auto url = [&](std::string_view path) {
        return settings.partner_center.api_url + filled_path(filled, path);
    };
    if (reads_first(operation, filled.payload))
        shown.read_first = url(operation.item_path);
    shown.method = operation.method;
    shown.url = url(operation.path);
    shown.if_match = operation.etag != Etag::none;
    shown.body = body_of(filled, Document::object());
    shown.whole = operation.body == Body::whole;
    return shown;
}

std::string request_text(const ShownRequest& request) {
    std::string text;
    if (!request.read_first.empty())
        text += fmt::format("GET {}\n\n", request.read_first);
    text += fmt::format("{} {}\n", request.method, request.url);
    if (request.if_match)
        text += "If-Match: the ETag of what was read\n";
    if (!request.body.is_null())
        text += "Content-Type: application/json\n\n" + request.body.json() + "\n";
    if (request.whole)
        text += "(with all other members as they are read)\n";
    if (!request.user_id_of.empty())
        text += fmt::format("(USER_ID: of the user {}, looked up first)\n", request.user_id_of);
    return text;
}

std::string request_json(const ShownRequest& request) {
    JsonWriter json;
    const auto text_or_null = [&json](std::string_view key, const std::string& value) {
        json.key(key);
        value.empty() ? json.null() : json.text(value);
    };
    json.begin_object().key("operation").text(request.operation);
    text_or_null("customer_id", request.customer_id);
    text_or_null("read_first", request.read_first);
    json.key("method").text(request.method).key("url").text(request.url);
    json.key("if_match").boolean(request.if_match);
    json.key("body").raw(request.body.json());
    json.key("with_other_members").boolean(request.whole);
    text_or_null("user_id_of", request.user_id_of);
    json.end_object();
    return json.document();
}

} // namespace pcmirror
