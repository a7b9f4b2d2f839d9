#pragma once

#include <array>
#include <string_view>

// What made-up names are made of: plain ones, and those that break careless programs.
namespace pcmirror::simulator {

inline constexpr std::array<std::string_view, 16> company_words = {
    "Contoso",
    "Fabrikam",
    "Fourth Coffee",
    "Northwind",
    "Tailspin",
    "Wingtip",
    "Adatum",
    "Litware",
    "Proseware",
    "Trey Research",
    "Lucerne",
    "Margie's Travel",
    "Woodgrove",
    "Humongous",
    "Alpine",
    "Relecloud",
};

inline constexpr std::array<std::string_view, 8> company_forms = {
    "",
    " Ltd",
    " GmbH",
    " S.A.",
    " Inc.",
    " K.K.",
    " & Co",
    " e.V.",
};

inline constexpr std::array<std::string_view, 14> odd_words = {
    "M\u00fcller & S\u00f6hne",
    "\u65e5\u672c\u682a\u5f0f\u4f1a\u793e",
    "\u0634\u0631\u0643\u0629 \u0627\u0644\u0646\u0648\u0631", // right to left
    "Rocket \U0001F680 Launch \U0001F469\u200D\U0001F4BB",     // beyond the first plane, joined
    "Cafe\u0301 Cre\u0300me",                                  // combining marks
    "Redmond ",                                                // trailing blank
    "  Two in front",
    "O&#39;Neil \"quoted\" \\ back",
    "tab\there, line\nbreak",
    "NULL",
    "\\N",
    "{\"json\": [1, 2]}",
    "a/b?c=d&e=f#g%20",
    "\ufeffmarked\u200b", // a byte order mark inside
};

inline constexpr std::array<std::string_view, 8> license_offers = {
    "Microsoft 365 Business Standard",
    "Office 365 E3",
    "Exchange Online (Plan 1)",
    "Power BI Pro",
    "Microsoft 365 E5",
    "Enterprise Mobility + Security E3",
    "Visio Plan 2",
    "Project Plan 3",
};

} // namespace pcmirror::simulator
