#include "schema/describe_operation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pcmirror {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

const Operation& operation(const char* name) {
    return *operation_catalogue().find(name);
}

const PayloadField& field(const char* of, const char* name) {
    return *field_of(operation(of), name);
}

TEST(OperationTexts, NameTheOptionalFieldThatWantsARequiredOne) {
    const auto with = [](const char* of, const char* name) {
        return required_with(operation(of), field(of, name));
    };
    EXPECT_EQ(with("add_verified_domain", "verified_domain_name"), "");
    EXPECT_EQ(with("add_verified_domain", "domain.name"), "") << "the domain is wanted, too";
    EXPECT_EQ(
        with("add_verified_domain", "domain_federation_settings.issuer_uri"),
        "domain_federation_settings"
    );
    EXPECT_EQ(with("assign_licenses", "licenses_to_assign[].sku_id"), "licenses_to_assign");
}

TEST(OperationTexts, ListFirstWhatEveryPayloadNeeds) {
    const std::string domain = describe(operation("add_verified_domain")).fields;
    EXPECT_THAT(domain, StartsWith("verified_domain_name, domain, domain.name, "));
    EXPECT_THAT(domain, HasSubstr("[domain_federation_settings.issuer_uri]"));
    EXPECT_EQ(describe(operation("delete_user")).fields, "user_id|user_principal_name");
    EXPECT_THAT(
        describe(operation("assign_licenses")).fields,
        StartsWith("user_id|user_principal_name, licenses_to_assign|licenses_to_remove, ")
    );
}

TEST(OperationTexts, TellOfASecretThatOnlyTheAnswerHas) {
    EXPECT_THAT(markdown_text(operation_catalogue()), HasSubstr("`pcmirror job secret ID`"));
}

} // namespace
} // namespace pcmirror
