#include "daemon/login/end_page.hpp"

#include "daemon/web/html.hpp"

#include <fmt/format.h>
#include <string_view>

namespace pcmirror {
namespace {

constexpr std::string_view frame = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>pcmirror: {title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 1.1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 15vh auto; padding: 0 1rem; }}
h1 {{ font-size: 1.6rem; }}
code {{ overflow-wrap: anywhere; }}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
{text}
</main>
</body>
</html>
)";

WebAnswer page(int status, std::string_view title, const std::string& text) {
    WebAnswer answer;
    answer.status = status;
    answer.content_type = "text/html; charset=utf-8";
    answer.content_security_policy = "default-src 'none'; style-src 'unsafe-inline'";
    answer.body =
        fmt::format(fmt::runtime(frame), fmt::arg("title", title), fmt::arg("text", text));
    return answer;
}

} // namespace

WebAnswer success_page(const std::string& refresh_token_file) {
    return page(
        200,
        "You are signed in",
        fmt::format(
            "<p>The refresh token is stored in <code>{}</code>. pcmirror tries it now: its "
            "terminal "
            "says how that went.</p>\n<p>You can close this window.</p>",
            html_escaped(refresh_token_file)
        )
    );
}

WebAnswer failure_page(const Error& error) {
    std::string text = fmt::format("<p>{}</p>\n", html_escaped(error.what()));
    if (!error.hint().empty())
        text += fmt::format("<p>{}</p>\n", html_escaped(error.hint()));
    return page(200, "The sign-in failed", text + "<p>You can close this window.</p>");
}

WebAnswer foreign_page() {
    return page(
        400,
        "This belongs to another sign-in",
        "<p>pcmirror still waits for its own. Open the address that its terminal shows.</p>"
    );
}

WebAnswer nothing_page() {
    return page(
        404,
        "pcmirror waits for a sign-in",
        "<p>There is nothing else here. Open the address that its terminal shows.</p>"
    );
}

} // namespace pcmirror
