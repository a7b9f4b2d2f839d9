#include "tests/unit/config_messages.hpp"

#include <gtest/gtest.h>

namespace pcmirror::test {

namespace {

const std::vector<Message> messages = {
    {"EmptyFile",
     "",
     "1:1: the file is empty (a mapping of partner_center, database, schedules, customers, "
     "delete_guard, history, write_back, admin, log, state_directory, shutdown_grace)\n"
     "  hint: start from the example pcmirror.yaml that is shipped"},
    {"OnlyComments",
     "# nothing\n",
     "1:1: the file is empty (a mapping of partner_center, database, schedules, customers, "
     "delete_guard, history, write_back, admin, log, state_directory, shutdown_grace)\n"
     "  hint: start from the example pcmirror.yaml that is shipped"},
    {"TopIsAList",
     "- a\n"
     "- b\n",
     "1:1: the file is no mapping (a mapping of partner_center, database, schedules, customers, "
     "delete_guard, history, write_back, admin, log, state_directory, shutdown_grace)"},
    {"TopIsText",
     "pcmirror\n",
     "1:1: the file is no mapping (a mapping of partner_center, database, schedules, customers, "
     "delete_guard, history, write_back, admin, log, state_directory, shutdown_grace)"},
    {"Duplicate",
     minimal + "  auth: app_user\n"
               "  auth: app_user\n",
     "5:3: partner_center.auth: stands a second time, after line 4 (each key once)"},
    {"DuplicateSection",
     minimal + "log: {}\n"
               "partner_center: {}\n",
     "5:1: partner_center: stands a second time, after line 1 (each key once)"},
    {"KeyWithoutBlank",
     minimal + "admin: {listen:s3cret}\n",
     "4:9: admin.listen: unknown key (listen)\n"
     "  hint: write a blank after the colon"},
    {"KeyWithoutColon",
     minimal + "  client_secret s3cret\n",
     "4:3: partner_center.client_secret: no \": \" behind it (\"key: value\", with a blank after "
     "the colon)"},
    {"KeyWithEquals",
     minimal + "  client_secret=s3cret\n",
     "4:3: partner_center.client_secret: no \": \" behind it (\"key: value\", with a blank after "
     "the colon)"},
    {"NoColon",
     minimal + "log\n",
     "4:1: log: no \": \" behind it (\"key: value\", with a blank after the colon)"},
    {"CronStar",
     minimal + "schedules:\n"
               "  customers:\n"
               "    cron: */5 * * * *\n",
     "6:11: schedules.customers.cron: an unquoted \"*\" starts an alias, and no such anchor is "
     "defined (a value in quotes)\n"
     "  hint: put the value in quotes: \"*...\""},
    {"CronAt",
     minimal + "schedules:\n"
               "  customers:\n"
               "    cron: @daily\n",
     "6:11: schedules.customers.cron: \"@\" can't start a value without quotes (a value in "
     "quotes)\n"
     "  hint: put the value in quotes: \"@...\""},
    {"Star",
     minimal + "customers: { include: [*.contoso.com, *], exclude: [a b] }\n",
     "4:24: customers.include[0]: an unquoted \"*\" starts an alias, and no such anchor is defined "
     "(a value in quotes)\n"
     "  hint: put the value in quotes: \"*...\"\n"
     "4:39: customers.include[1]: an unquoted \"*\" starts an alias, and no such anchor is defined "
     "(a value in quotes)\n"
     "  hint: put the value in quotes: \"*...\"\n"
     "4:53: customers.exclude[0]: \"a b\" is no id and no domain (a list of ids or domains, \"*\" "
     "for any part)"},
    {"StarAndMore",
     minimal + "customers:\n"
               "  include:\n"
               "    - *.contoso.com\n"
               "log: { level: loud }\n",
     "6:7: customers.include[0]: an unquoted \"*\" starts an alias, and no such anchor is defined "
     "(a value in quotes)\n"
     "  hint: put the value in quotes: \"*...\"\n"
     "7:15: log.level: \"loud\" is none of the known words (one of trace, debug, info, warn, "
     "error)"},
    {"AnchorOfNothing",
     minimal + "  client_secret: &s3cret\n",
     "4:18: partner_center.client_secret: an unquoted \"&\" starts an anchor, of nothing (a value "
     "in quotes)\n"
     "  hint: put the value in quotes: \"&...\""},
    {"MergeUnknown",
     minimal + "log: { <<: *defaults }\n",
     "4:12: log.<<: an unquoted \"*\" starts an alias, and no such anchor is defined (a value in "
     "quotes)\n"
     "  hint: put the value in quotes: \"*...\""},
    {"Tab",
     minimal + "log:\n"
               "\tlevel: info\n",
     "5:1: a tab in the indentation (blanks)\n"
     "  hint: indent with blanks"},
    {"TabAfter",
     minimal + "log:\n"
               "  level: info\n"
               "\tformat: text\n",
     "6:1: a tab in the indentation (blanks)\n"
     "  hint: indent with blanks"},
    {"Indent",
     minimal + "log:\n"
               "   level: info\n"
               "  format: text\n",
     "6:3: this line fits none of the mappings above it (\"key: value\" lines, indented alike)\n"
     "  hint: a key needs a colon and a blank after it, and the indentation of its neighbours"},
    {"TwoColons",
     minimal + "log: level: info\n",
     "4:11: a \":\" where no key can end (\"key: value\" lines, indented alike)\n"
     "  hint: put a value that holds \": \" in quotes, and give the keys of one mapping the same "
     "indentation"},
    {"OpenBracket",
     minimal + "customers: { include: [a, b\n",
     "5:1: a list in brackets does not go on or end here (\",\" or \"]\")\n"
     "  hint: inside brackets, a value that holds \"[\", \"]\" or \",\" must be in quotes"},
    {"OpenQuote",
     minimal + "admin: { listen: \"s3cret\n",
     "4:18: a quote that is not closed (the same quote at the end)"},
    {"Escape",
     minimal + "database: { url: \"\\q\" }\n",
     "4:21: an unknown escape after a backslash (\\\\ for the backslash itself)\n"
     "  hint: in single quotes a backslash is an ordinary character"},
    {"Tag",
     minimal + "  client_secret: !s3cret\n",
     "4:18: partner_center.client_secret: an unquoted \"!\" starts a tag, and this one is unknown "
     "(a value in quotes)\n"
     "  hint: put the value in quotes: \"!...\""},
    {"UnknownAlias",
     minimal + "  client_secret: *s3cret\n",
     "4:18: partner_center.client_secret: an unquoted \"*\" starts an alias, and no such anchor is "
     "defined (a value in quotes)\n"
     "  hint: put the value in quotes: \"*...\""},
    {"SelfAlias",
     minimal + "log: &x { level: *x }\n",
     "4:18: log.level: an alias inside of what it names (an alias of something above it)"},
    {"MergeText",
     minimal + "log: { <<: text }\n",
     "4:8: log: \"<<\" merges something else than a mapping (an alias of a mapping)"},
    {"TwoDocuments",
     minimal + "---\n"
               "log: {}\n",
     "4:1: a second document starts here (one document)"},
    {"KeyIsList",
     minimal + "? [a]\n"
               ": b\n",
     "4:3: a key that is no text (\"key: value\" lines)"},
    {"Latin1",
     minimal + "# caf\351\n",
     "4:6: a byte that is no UTF-8 (text in UTF-8)\n"
     "  hint: save the file as UTF-8"},
    {"Control", minimal + "# \004\n", "4:3: a control character (text in UTF-8)"},
    {"EnvUnset",
     minimal + "  client_secret: ${NO_SUCH}\n",
     "4:18: partner_center.client_secret: the environment variable NO_SUCH is not set (a variable "
     "that is set, or \"$$\" for a dollar sign)"},
    {"EnvBad",
     minimal + "  client_secret: ${}s3cret\n",
     "4:18: partner_center.client_secret: \"${\" is not followed by a variable's name and \"}\" "
     "(${NAME}; \"$$\" for a dollar sign)"},
    {"Unfinished",
     minimal + "  client_secret: ${SECRET\n",
     "4:18: partner_center.client_secret: \"${\" is not followed by a variable's name and \"}\" "
     "(${NAME}; \"$$\" for a dollar sign)"},
    {"Default",
     minimal + "  client_secret: ${SECRET:-s3cret}\n",
     "4:18: partner_center.client_secret: \"${\" is not followed by a variable's name and \"}\" "
     "(${NAME}; \"$$\" for a dollar sign)"},
    {"EnvInBraces",
     minimal + "admin: { listen: ${SECRET} }\n",
     "4:19: a mapping in braces does not go on or end here (\",\" or \"}\")\n"
     "  hint: inside braces, a value that holds \"{\", \"}\" or \",\" must be in quotes: "
     "\"${NAME}\""},
};

} // namespace

TEST(ConfigMessages, OfTextThatIsNoProperYaml) {
    expect_messages(messages);
}

} // namespace pcmirror::test
