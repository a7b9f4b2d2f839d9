#include "tests/simulated/write_jobs.hpp"

namespace pcmirror::testing {
namespace {

using nlohmann::json;

/// Passwords that the API repeats in what it says of them.
class WriteSecrets : public WriteJobs {
  protected:
    /// What is written down of a user whose password is refused in these words.
    std::string error_for(const std::string& password, const std::string& description) {
        writable_world();
        fault(
            {{"fault", "status"},
             {"operation", "create_user"},
             {"status", 400},
             {"body", json{{"code", 3000}, {"description", description}}.dump()},
             {"times", 1}}
        );
        const long long job = enqueue(
            "create_user",
            {{"user_principal_name", "ada@example.com"},
             {"display_name", "Ada"},
             {"usage_location", "FR"},
             {"password", password}},
            customer_with_users()
        );
        finish(job);
        EXPECT_EQ(field(job, "state"), "failed");
        return field(job, "last_error").value_or("");
    }
};

TEST_F(WriteSecrets, AreMaskedBeforeTheirBlanksAndEntitiesAreTidied) {
    const std::string error =
        error_for("Geh  eim4711&amp;x", "The password Geh  eim4711&amp;x is weak");
    EXPECT_THAT(error, ::testing::HasSubstr("The password *** is weak"));
}

TEST_F(WriteSecrets, AreMaskedWhereTheApiSpellsThemForABrowser) {
    const std::string error = error_for("Geheim<4711>", "The password Geheim&lt;4711&gt; is weak");
    EXPECT_THAT(error, ::testing::HasSubstr("The password *** is weak"));
}

TEST_F(WriteSecrets, AreMaskedBeforeALongTextIsCut) {
    const std::string error =
        error_for("Geheim4711", std::string(275, 'x') + " the password Geheim4711");
    EXPECT_THAT(error, ::testing::Not(::testing::HasSubstr("Geh")));
}

} // namespace
} // namespace pcmirror::testing
