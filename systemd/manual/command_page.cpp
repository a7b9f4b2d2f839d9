#include "daemon/help.hpp"
#include "systemd/manual/pages.hpp"
#include "systemd/manual/roff.hpp"

namespace pcmirror::manual {
namespace {

constexpr std::string_view description =
    "pcmirror mirrors what Microsoft Partner Center knows of the customers of a Cloud Solution "
    "Provider into PostgreSQL, once (\\fBpcmirror sync\\fR) or by schedule (\\fBpcmirror run\\fR), "
    "and writes jobs that were queued in SQL back to it.\n"
    ".PP\n"
    "Results go to the standard output, logs and progress to the standard error. A RESOURCE is the "
    "name of a table in the schema \\fIpartner_center\\fR; a customer is named by id or by domain. "
    "Progress bars and colour are only where the standard error is a terminal and "
    "\\fBNO_COLOR\\fR is not set.\n";

std::string with_letter(const GlobalOption& global) {
    const std::string letter(global.letter);
    return (letter.empty() ? "" : letter + ", ") + shown_option(global.option);
}

std::string global_part() {
    std::string text = heading("OPTIONS OF ALL COMMANDS");
    for (const GlobalOption& global : global_options())
        text += item(with_letter(global), escaped(global.option.text));
    return text;
}

std::string command_part(const Command& command) {
    std::string text = ".SS \"" + escaped(usage_text(command)) + "\"\n";
    text += escaped(command.summary) + ".\n";
    if (!command.more.empty())
        text += ".PP\n" + escaped(command.more) + '\n';
    for (const Option& option : command.options)
        text += item(shown_option(option), escaped(option.text));
    text += ".PP\nExit codes: " + escaped(command.exit_codes) + ".\n";
    return text + ".PP\nExample:\n" + shown(command.example);
}

std::string exit_part() {
    std::string text = heading("EXIT STATUS");
    int code = 0;
    for (const std::string_view meaning : exit_code_texts())
        text += item(std::to_string(code++), escaped(meaning));
    return text;
}

std::string surroundings() {
    std::string text = heading("ENVIRONMENT");
    text += item("PCMIRROR_CONFIG", "the configuration, where \\fB\\-\\-config\\fR names none");
    text += item(
        "CREDENTIALS_DIRECTORY, STATE_DIRECTORY",
        "set by systemd: where secrets are looked up first, and where files are kept"
    );
    text +=
        item("HTTPS_PROXY, HTTP_PROXY, NO_PROXY", "the proxy, where the configuration names none");
    text += item("PGHOST, PGPASSFILE, ...", "what libpq reads; see psql(1)");
    text += heading("FILES");
    text += item(default_config_file, "the configuration; see \\fBpcmirror.yaml\\fR(5)");
    text += item("/etc/default/pcmirror", "environment of the service; not there at first");
    text += item("/var/lib/pcmirror", "the state directory, with the refresh token");
    text += item("/usr/share/doc/pcmirror", "README, example queries, dashboard and alert rules");
    text += heading("SEE ALSO");
    return text + "\\fBpcmirror.yaml\\fR(5), \\fBsystemctl\\fR(1), \\fBpsql\\fR(1)\n";
}

} // namespace

std::string command_page(std::span<const Command* const> commands) {
    std::string text = page_head("pcmirror", '1', "User Commands");
    text += heading("NAME");
    text += "pcmirror \\- mirror Microsoft Partner Center into PostgreSQL\n";
    text += heading("SYNOPSIS");
    text += "\\fBpcmirror\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR...]\n";
    text += heading("DESCRIPTION");
    text += description;
    text += global_part();
    text += heading("COMMANDS");
    for (const Command* command : commands)
        text += command_part(*command);
    return text + exit_part() + surroundings();
}

} // namespace pcmirror::manual
