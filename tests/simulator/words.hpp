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

/// A name, and what it becomes in a sign-in name.
struct Person {
    std::string_view name = {};
    std::string_view sign_in = {};
};

inline constexpr std::array<Person, 16> first_names = {{
    {"Ana", "Ana"},
    {"Bruno", "bruno"},
    {"Chlo\u00e9", "Chloe"},
    {"Dmitri", "dmitri"},
    {"Esra", "Esra"},
    {"Farid", "farid"},
    {"Giulia", "Giulia"},
    {"Hanna", "hanna"},
    {"\u0130lker", "ilker"},
    {"Jo\u00e3o", "Joao"},
    {"Kateryna", "kateryna"},
    {"Louise-Marie", "Louise-Marie"},
    {"\u660e", "Akira"},
    {"N\u00faria", "nuria"},
    {"Oluwaseun", "Seun"},
    {"Priya", "priya"},
}};

inline constexpr std::array<Person, 16> last_names = {{
    {"Almeida", "Almeida"},
    {"Berg", "Berg"},
    {"Castro", "castro"},
    {"D'Arc", "dArc"},
    {"Eriksson", "Eriksson"},
    {"Fontaine", "fontaine"},
    {"Garc\u00eda L\u00f3pez", "garcia.lopez"},
    {"Horv\u00e1th", "Horvath"},
    {"\u4f50\u85e4", "Sato"},
    {"Jankowski", "jankowski"},
    {"Kov\u00e1\u010d", "Kovac"},
    {"Lef\u00e8vre", "lefevre"},
    {"O\u2019Brien", "OBrien"},
    {"Nov\u00e1kov\u00e1", "Novakova"},
    {"Okafor", "okafor"},
    {"van der Meer", "vanderMeer"},
}};

} // namespace pcmirror::simulator
