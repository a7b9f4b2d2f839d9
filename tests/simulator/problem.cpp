#include "tests/simulator/problem.hpp"

#include "tests/simulator/spell.hpp"

#include <fmt/format.h>

namespace pcmirror::simulator {

namespace {

constexpr std::string_view json = "application/json; charset=utf-8";

constexpr Problem of_status[] = {
    {400, 0, "The request is invalid."},
    {401, 400, "Access denied"},
    {403, 20002, "The partner ID has no commerce relationship with the customer ID."},
    {404, 1000, "The resource is not found"},
    {408, 900225, "The operation timed out. Try again."},
    {409, 900278, "There's a pending operation on this subscription. Try again after 24 hours."},
    {412, 2055, "Etag is no longer valid"},
    {417, 800036, "Precondition failed"},
    {500, 800003, "Unexpected service error"},
    {501, 0, "Exception without definition."},
};

} // namespace

Reply refuse(const Problem& problem) {
    return refuse(problem, problem.description, {});
}

Reply refuse(const Problem& problem, std::string_view text, const std::vector<std::string>& data) {
    Reply reply{.status = problem.status};
    reply.headers.emplace_back("Content-Type", json);
    if (problem.status == 401)
        reply.headers.emplace_back("WWW-Authenticate", R"(Bearer error="invalid_token")");
    std::string description;
    append_json_string(description, text);
    std::string details;
    for (const std::string& each : data) {
        details += details.empty() ? "" : ",";
        append_json_string(details, each);
    }
    if (problem.code == 0)
        reply.body = fmt::format(R"({{"message":{}}})", description);
    else
        reply.body = fmt::format(
            R"({{"code":{},"description":{},"data":[{}],"source":"{}"}})",
            problem.code,
            description,
            details,
            problem.source
        );
    return reply;
}

Reply refuse_with_status(int status, int retry_after_seconds) {
    for (const Problem& problem : of_status)
        if (problem.status == status)
            return refuse(problem);
    if (status != 429)
        return refuse({status, 0, reason_phrase(status)});
    Reply reply{.status = 429};
    reply.headers.emplace_back("Content-Type", json);
    reply.body = fmt::format(
        R"({{"statusCode":429,"message":"Rate limit is exceeded. Try again in {} seconds."}})",
        retry_after_seconds
    );
    return reply;
}

Reply html_page(int status) {
    Reply reply{.status = status};
    reply.headers.emplace_back("Content-Type", "text/html");
    reply.body = fmt::format(
        "<!DOCTYPE html><html><head><title>{0} {1}</title></head><body><h1>{1}</h1><p>Our services "
        "aren't "
        "available right now.</p></body></html>",
        status,
        reason_phrase(status)
    );
    return reply;
}

} // namespace pcmirror::simulator
