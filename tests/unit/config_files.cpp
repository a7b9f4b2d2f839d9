#include "tests/unit/config_support.hpp"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <unistd.h>

namespace pcmirror::test {

namespace {

/// A folder that holds `pcmirror.yaml` and goes when the test ends.
class ConfigFiles : public testing::Test {
  protected:
    void SetUp() override {
        std::string name = testing::TempDir() + "pcmirror-XXXXXX";
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder_ = name;
    }

    void TearDown() override { std::filesystem::remove_all(folder_); }

    void write(const std::filesystem::path& name, const std::string& content) const {
        std::filesystem::create_directories((folder_ / name).parent_path());
        std::ofstream(folder_ / name, std::ios::binary) << content;
    }

    Settings read(const std::string& added, const Variables& variables = {}) const {
        write("pcmirror.yaml", minimal + added);
        return read_settings(folder_ / "pcmirror.yaml", five_resources, environment(variables));
    }

    [[nodiscard]] std::string
    problem(const std::string& added, const Variables& variables = {}) const {
        try {
            read(added, variables);
            return {};
        } catch (const Error& error) {
            std::string text = error.what();
            for (std::size_t at = 0; (at = text.find(folder_.string())) != std::string::npos;)
                text.replace(at, folder_.string().size(), "DIR");
            return text;
        }
    }

    std::filesystem::path folder_;
};

const std::string certificate = "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n";
const std::string key = "-----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY-----\n";

} // namespace

TEST_F(ConfigFiles, SecretIsReadWithoutTheNewlineAtItsEnd) {
    for (const char* content : {"s3 cret", "s3 cret\n", "s3 cret\r\n"}) {
        write("secret", content);
        const PartnerCenterSettings settings =
            read("  client_secret_file: secret\n").partner_center;
        EXPECT_EQ(settings.client_secret.reveal(), "s3 cret");
        EXPECT_EQ(settings.client_secret_file, folder_ / "secret");
    }
}

TEST_F(ConfigFiles, CredentialsDirectoryGoesFirstThenTheFolderOfTheFile) {
    const Variables systemd = {{"CREDENTIALS_DIRECTORY", (folder_ / "credentials").string()}};
    write("secret", "beside");
    EXPECT_EQ(
        read("  client_secret_file: secret\n", systemd).partner_center.client_secret.reveal(),
        "beside"
    );
    write("credentials/secret", "given by systemd");
    EXPECT_EQ(
        read("  client_secret_file: secret\n", systemd).partner_center.client_secret.reveal(),
        "given by systemd"
    );
}

TEST_F(ConfigFiles, MissingSecretIsReportedWithThePlacesLookedAt) {
    EXPECT_EQ(
        problem("  client_secret_file: s3cret\n", {{"CREDENTIALS_DIRECTORY", "/run/credentials"}}),
        "DIR/pcmirror.yaml:4:23: partner_center.client_secret_file: the file does not exist in "
        "/run/credentials, DIR (a readable file with the secret)"
    );
}

TEST_F(ConfigFiles, UselessSecretIsReported) {
    write("empty", "\n");
    EXPECT_NE(
        problem("  client_secret_file: empty\n").find("the file is empty"), std::string::npos
    );
    write("lines", "one\ntwo\n");
    EXPECT_NE(
        problem("  client_secret_file: lines\n").find("has more than one line"), std::string::npos
    );
    write("large", std::string(2 << 20, 'x'));
    EXPECT_NE(
        problem("  client_secret_file: large\n").find("larger than 1 MiB"), std::string::npos
    );
    EXPECT_NE(problem("  client_secret_file: /dev/zero\n").find("larger than"), std::string::npos);
}

TEST_F(ConfigFiles, SecretThatMayNotBeReadIsReportedWithTheRemedy) {
    if (::geteuid() == 0)
        GTEST_SKIP() << "root may read everything";
    write("secret", "x");
    std::filesystem::permissions(folder_ / "secret", std::filesystem::perms::none);

    const std::string text = problem("  client_secret_file: secret\n");

    EXPECT_NE(text.find("may not be read by this user"), std::string::npos);
    EXPECT_NE(text.find("\n  hint: let the user"), std::string::npos);
}

TEST_F(ConfigFiles, CertificatesMustBePem) {
    write("both.pem", certificate + key);
    write("certificate.pem", certificate);
    write("text.pem", "hello");

    EXPECT_EQ(problem("  auth: app_only\n  client_certificate_file: both.pem\n"), "");
    EXPECT_EQ(problem("  tls_ca_file: certificate.pem\n"), "");
    EXPECT_NE(
        problem("  client_certificate_file: certificate.pem\n").find("holds no PEM private key"),
        std::string::npos
    );
    EXPECT_NE(
        problem("  tls_ca_file: text.pem\n").find("holds no PEM certificate"), std::string::npos
    );
}

TEST_F(ConfigFiles, RefreshTokenNeedNotBeThereAndStandsBesideTheFile) {
    EXPECT_EQ(
        read("  refresh_token_file: token\n").partner_center.refresh_token_file, folder_ / "token"
    );
    EXPECT_EQ(read("state_directory: state\n").state_directory, folder_ / "state");
}

TEST_F(ConfigFiles, ConfigurationThatCannotBeReadIsSaidWithTheRemedy) {
    const auto refusal = [](const std::filesystem::path& file) {
        try {
            read_settings(file, five_resources, environment({}));
            return std::string();
        } catch (const Error& error) {
            EXPECT_EQ(exit_code(error.recovery()), ExitCode::usage);
            return error.what() + ("; " + error.hint());
        }
    };
    EXPECT_EQ(
        refusal("/nowhere/x.yaml"),
        "the configuration file \"/nowhere/x.yaml\" does not exist; name the configuration file "
        "with --config, or copy the example pcmirror.yaml there"
    );
    EXPECT_NE(refusal(folder_).find("is a directory"), std::string::npos);
    EXPECT_NE(refusal("/dev/zero").find("is larger than 1 MiB"), std::string::npos);
}

} // namespace pcmirror::test
