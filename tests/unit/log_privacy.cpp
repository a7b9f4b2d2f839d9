#include "config/log_privacy.hpp"

#include <gtest/gtest.h>

namespace pcmirror {
namespace {

TEST(LogPrivacy, LeavesAddressesOut) {
    for (const auto& [text, kept] : std::initializer_list<std::pair<const char*, const char*>>{
             {"User ada@contoso.com was not found.", "User (address) was not found."},
             {"'ada.byron+x@mail.contoso.com'", "'(address)'"},
             {"it is ada@contoso.com.", "it is (address)."},
             {"user:ada@contoso.com,bob@contoso.com", "user:(address),(address)"},
             {"ada_contoso.com#EXT#@fabrikam.onmicrosoft.com", "(address)"},
             {"j\xC3\xBCrgen@m\xC3\xBCnchen.example", "(address)"}})
        EXPECT_EQ(without_addresses(text), kept);
}

TEST(LogPrivacy, LeavesEverythingElseAsItIs) {
    for (const char* text :
         {"",
          "@",
          "@daily",
          "ada@",
          "every 15m @ 3",
          "root@localhost",
          "ada@.",
          "postgresql://pcmirror@db.contoso.com/pcmirror: connection refused",
          "pcmirror@.service"})
        EXPECT_EQ(without_addresses(text), text);
}

} // namespace
} // namespace pcmirror
