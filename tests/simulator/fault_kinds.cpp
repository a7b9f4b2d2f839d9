#include "tests/simulator/fault_kinds.hpp"

#include "tests/simulator/damage.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <stdexcept>

namespace pcmirror::simulator {

namespace {

using Json = nlohmann::json;

// "2" or 2: seconds; "date:2": an HTTP-date that many seconds from now.
void add_retry_after(const Json& rule, Reply& reply) {
    if (!rule.contains("retry_after"))
        return;
    const Json& given = rule["retry_after"];
    std::string text = given.is_number() ? given.dump() : given.get<std::string>();
    if (text.starts_with("date:"))
        text = fmt::format(
            "{:%a, %d %b %Y %H:%M:%S} GMT",
            fmt::gmtime(
                std::chrono::system_clock::now() + std::chrono::seconds(std::stol(text.substr(5)))
            )
        );
    reply.headers.emplace_back("Retry-After", text);
}

Reply with_status(const Json& rule, int status) {
    const std::string body = rule.value("body", "documented");
    const Json retry_after = rule.value("retry_after", Json(1));
    Reply reply = refuse_with_status(status, retry_after.is_number() ? retry_after.get<int>() : 1);
    if (rule.contains("code"))
        reply = refuse({status, rule["code"].get<int>(), "Refused for a test."});
    if (body == "html")
        reply = html_page(status);
    else if (body == "message")
        reply = refuse(
            {status,
             0,
             "The supplied role does not have the rights to perform the requested operation."}
        );
    else if (body == "empty")
        reply = {.status = status};
    else if (body != "documented")
        reply.body = body;
    add_retry_after(rule, reply);
    return reply;
}

Reply plain(int status, std::string_view type, std::string body) {
    Reply reply{.status = status};
    reply.headers.emplace_back("Content-Type", type);
    reply.body = std::move(body);
    return reply;
}

Reply bomb(const Json& rule) {
    Reply reply =
        plain(200, "application/json", gzip_bomb(rule.value("megabytes", std::size_t{256})));
    reply.headers.emplace_back("Content-Encoding", "gzip");
    return reply;
}

Reply redirect(const Json& rule) {
    Reply reply{.status = rule.value("status", 302)};
    reply.headers.emplace_back(
        "Location", rule.value("location", "https://elsewhere.invalid/v1/customers")
    );
    return reply;
}

Reply mfa_refusal(const Json& rule) {
    Reply reply = refuse(problems::mfa_required);
    // Until 2023 it came without a body.
    if (rule.value("form", "new") == "old")
        reply.body.clear();
    return reply;
}

std::chrono::milliseconds milliseconds(const Json& rule, int initial) {
    return std::chrono::milliseconds(rule.value("milliseconds", initial));
}

void damage_a_record(const Json& rule, Effect& effect) {
    effect.listing.bad_record = rule.value("kind", "lone_surrogate");
    if (!is_damage(effect.listing.bad_record))
        throw std::invalid_argument("kind: no such damage");
    effect.listing.bad_record_is_added = rule.value("added", false);
    effect.listing.bad_record_at = rule.value("record", std::uint64_t{0});
}

void move_an_item(const Json& rule, Effect& effect) {
    const std::string kind = rule.value("kind", "duplicate");
    if (kind != "duplicate" && kind != "skip")
        throw std::invalid_argument("kind: duplicate or skip");
    effect.listing.duplicate = kind == "duplicate";
    effect.listing.skip = kind == "skip";
}

using On = FaultKind::On;

constexpr FaultKind kinds[] = {
    {"status",
     "status body retry_after code",
     "any status; body: documented (default), message, html, empty, or a text",
     [](const Json& rule, Effect& effect) {
         effect.instead = with_status(rule, rule.value("status", 503));
     }},
    {"status_after",
     "status body retry_after code",
     "the same, once the request has been handled",
     [](const Json& rule, Effect& effect) {
         effect.afterwards = with_status(rule, rule.value("status", 500));
     }},
    {"refuse",
     "body code",
     "403 (code 20002, or the one given)",
     [](const Json& rule, Effect& effect) { effect.instead = with_status(rule, 403); }},
    {"not_found",
     "body code",
     "404 (code 1000, or the one given)",
     [](const Json& rule, Effect& effect) { effect.instead = with_status(rule, 404); }},
    {"html",
     "",
     "200 with a page of HTML",
     [](const Json&, Effect& effect) { effect.instead = html_page(200); }},
    {"redirect",
     "location status",
     "302 to another host",
     [](const Json& rule, Effect& effect) { effect.instead = redirect(rule); }},
    {"gzip_bomb",
     "megabytes",
     "a small gzip answer that unpacks to 256 MB of blanks",
     [](const Json& rule, Effect& effect) { effect.instead = bomb(rule); }},
    {"reset_before",
     "",
     "the connection is reset, the request not handled",
     [](const Json&, Effect& effect) {
         effect.instead.emplace();
         effect.delivery.mode = Delivery::Mode::reset;
     }},
    {"reset_after",
     "",
     "the request is handled, then the connection reset",
     [](const Json&, Effect& effect) { effect.delivery.mode = Delivery::Mode::reset; }},
    {"hang_before",
     "",
     "the request is not handled, the connection stays open without an answer",
     [](const Json&, Effect& effect) {
         effect.instead.emplace();
         effect.delivery.mode = Delivery::Mode::hang;
     }},
    {"hang",
     "",
     "the request is handled, the connection stays open without an answer",
     [](const Json&, Effect& effect) { effect.delivery.mode = Delivery::Mode::hang; }},
    {"cut_body",
     "",
     "the request is handled, the connection ends after half of the answer's body",
     [](const Json&, Effect& effect) { effect.delivery.mode = Delivery::Mode::cut; }},
    {"drip",
     "milliseconds",
     "a byte of the body at a time, one each 100 ms",
     [](const Json& rule, Effect& effect) {
         effect.delivery.mode = Delivery::Mode::drip;
         effect.delivery.pace = milliseconds(rule, 100);
     }},
    {"slow_first_byte",
     "milliseconds",
     "a pause of 1000 ms before the answer",
     [](const Json& rule, Effect& effect) { effect.delivery.delay = milliseconds(rule, 1000); }},
    {"held_answer",
     "",
     "the request is handled, and answered once the faults are cleared",
     [](const Json&, Effect& effect) { effect.delivery.held = true; }},
    {"wrong_content_length",
     "by",
     "Content-Length is 10 too large (or `by`, which may be negative)",
     [](const Json& rule, Effect& effect) { effect.delivery.length_error = rule.value("by", 10); }},
    {"invalid_json",
     "",
     "the JSON ends early, with a Content-Length that agrees",
     [](const Json&, Effect& effect) { effect.body_ends_early = true; }},
    {"token_refused",
     "",
     "401; the access token is not accepted any more",
     [](const Json&, Effect& effect) {
         effect.token_is_refused = true;
         effect.instead = refuse(problems::access_denied);
     }},
    {"mfa_401",
     "form",
     "401 with code 900421; form: new (default), or old: without a body",
     [](const Json& rule, Effect& effect) { effect.instead = mfa_refusal(rule); }},
    {"mfa_noncompliant",
     "",
     "isMfaCompliant: false",
     [](const Json&, Effect& effect) { effect.mfa_compliant = false; }},
    {"repeated_page",
     "",
     "links.next is the link that was just followed, for ever",
     [](const Json&, Effect& effect) { effect.listing.repeat_next = true; }},
    {"expired_token",
     "",
     "400 for the continuation token",
     [](const Json&, Effect& effect) { effect.instead = refuse(problems::bad_continuation); },
     On::further_page},
    {"moved_item",
     "kind",
     "duplicate: an item of the page before comes again (on the first page: one of its own); "
     "skip: the first item of the page is missing",
     move_an_item},
    {"lying_total_count",
     "total_count",
     "totalCount is 4711, or the number given",
     [](const Json& rule, Effect& effect) {
         effect.listing.total_count = rule.value("total_count", 4711);
     }},
    {"empty_page_with_next",
     "",
     "a page without items in the middle of a listing",
     [](const Json&, Effect& effect) { effect.listing.empty_with_next = true; }},
    {"empty_last_page",
     "",
     "the last page with items has a next one, which is empty",
     [](const Json&, Effect& effect) { effect.listing.empty_last_page = true; }},
    {"last_page_full",
     "",
     "the first page is short, so that the last one is full",
     [](const Json&, Effect& effect) { effect.listing.full_last_page = true; }},
    {"foreign_link",
     "host",
     "links.next leads to another host",
     [](const Json& rule, Effect& effect) {
         effect.listing.foreign_link = rule.value("host", "https://elsewhere.invalid");
     }},
    {"bad_records",
     "kind record added",
     "one item of a listing is damaged (kinds below); added: a damaged copy comes in addition",
     damage_a_record},
    {"token_error",
     "aadsts",
     "the token endpoint refuses with that AADSTS number",
     [](const Json& rule, Effect& effect) {
         effect.instead = sign_in_error(rule.value("aadsts", 70000));
     },
     On::sign_in},
    {"token_status",
     "status body retry_after",
     "the token endpoint answers with that status",
     [](const Json& rule, Effect& effect) {
         effect.instead = with_status(rule, rule.value("status", 503));
     },
     On::sign_in},
};

} // namespace

std::span<const FaultKind> fault_kinds() {
    return kinds;
}

} // namespace pcmirror::simulator
