#include "sync/http/secret_file.hpp"
#include "tests/unit/token_bench.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace pcmirror {

namespace {

using namespace std::chrono_literals;
using fakes::Folder;
using fakes::grants;
using fakes::TokenBench;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

mode_t mode_of(const std::filesystem::path& file) {
    struct stat found = {};
    EXPECT_EQ(::stat(file.c_str(), &found), 0);
    return found.st_mode & 07777U;
}

constexpr const char* rotating = R"(,"expires_in":3600,"refresh_token":"refresh-2")";

TEST(RefreshToken, IsOnTheDiskBeforeTheAccessTokenThatCameWithItIsHandedOut) {
    TokenBench bench;
    bench.transport.play({grants("access-1", rotating)});
    std::string on_disk_at_first_use;
    const auto use = [](TokenBench& of, std::string& seen) -> asio::awaitable<int> {
        co_await of.source().token(SignIn::user);
        seen = of.folder.read("refresh_token");
        co_return 0;
    };
    fakes::finish(bench.loop, bench.clock, use(bench, on_disk_at_first_use));
    EXPECT_EQ(on_disk_at_first_use, "refresh-2");
    EXPECT_EQ(mode_of(bench.folder.path("refresh_token")), 0600U);
    EXPECT_THAT(bench.folder.names(), ElementsAre("client_secret", "refresh_token"));
}

TEST(RefreshToken, IsReadAnewAtEachRefresh) {
    TokenBench bench;
    bench.transport.play({grants("access-1", rotating), grants("access-2")});
    bench.token();
    bench.folder.write("refresh_token", "refresh-of-another-process\n");
    bench.source().refused(SignIn::user, "access-1");
    bench.token();
    EXPECT_EQ(bench.sent_field(1, "refresh_token"), "refresh-of-another-process");
}

TEST(RefreshToken, StaysWhereTheAnswerHasNoneOrTheSame) {
    for (const char* more : {"", R"(,"refresh_token":"refresh-1")", R"(,"refresh_token":"")"}) {
        TokenBench bench;
        bench.transport.play({grants("access-1", more)});
        bench.token();
        EXPECT_EQ(bench.folder.read("refresh_token"), " refresh-1 \n");
        EXPECT_THAT(bench.folder.names(), ElementsAre("client_secret", "refresh_token"));
    }
}

TEST(RefreshToken, ThatIsMissingIsNamedWithTheWayToGetOne) {
    TokenBench bench;
    std::filesystem::remove(bench.folder.path("refresh_token"));
    const Error missing = bench.failure();
    EXPECT_EQ(missing.recovery(), Recovery::fix_api);
    EXPECT_THAT(
        missing.what(), HasSubstr(bench.folder.path("refresh_token").string() + " does not exist")
    );
    EXPECT_THAT(
        missing.hint(), HasSubstr("signs in to application the-client with MFA and consents")
    );

    bench.folder.write("refresh_token", " \n");
    EXPECT_THAT(bench.failure().what(), HasSubstr("is empty"));
    EXPECT_THAT(bench.transport.sent, IsEmpty());

    bench.transport.play({grants("access-1")});
    bench.folder.write("refresh_token", "refresh-1");
    EXPECT_EQ(bench.token(), "access-1");
}

TEST(RefreshToken, IsNotAskedForWhereANewOneCouldNotBeKept) {
    TokenBench bench;
    bench.settings.refresh_token_file = "/proc/self/comm";
    const Error error = bench.failure();
    EXPECT_EQ(error.recovery(), Recovery::fix_api);
    EXPECT_THAT(
        error.what(), HasSubstr("writing /proc/self/comm: can't create a file in its directory")
    );
    EXPECT_THAT(error.hint(), HasSubstr("write to the directory /proc/self"));
    EXPECT_THAT(bench.transport.sent, IsEmpty());
}

TEST(RefreshToken, ThatCannotBeStoredAfterAllGivesNoAccessToken) {
    TokenBench bench;
    bench.transport.script = [&](const HttpRequest&) {
        const auto file = bench.folder.path("refresh_token");
        std::filesystem::remove(file);
        std::filesystem::create_directories(file / "in the way");
        return grants("access-1", rotating);
    };
    const Error error = bench.failure();
    EXPECT_EQ(error.recovery(), Recovery::fix_api);
    EXPECT_THAT(error.what(), HasSubstr("can't replace it"));
}

TEST(ClientSecret, IsReadAnewAtEachSignIn) {
    TokenBench bench;
    bench.transport.play({grants("access-1"), grants("access-2")});
    bench.token(SignIn::app);
    bench.folder.write("client_secret", "the-next-secret");
    bench.source().refused(SignIn::app, "access-1");
    bench.token(SignIn::app);
    EXPECT_EQ(bench.sent_field(1, "client_secret"), "the-next-secret");
}

TEST(ClientSecret, ThatIsMissingIsNamed) {
    TokenBench bench;
    std::filesystem::remove(bench.folder.path("client_secret"));
    EXPECT_THAT(bench.failure(SignIn::app).what(), HasSubstr("client_secret does not exist"));
}

TEST(SecretFile, IsReplacedWholeWithNothingLeftBeside) {
    const Folder folder;
    folder.write("secret", "old, and longer than the new one");
    ::chmod(folder.path("secret").c_str(), 0644);
    write_secret_file(folder.path("secret"), "new");
    EXPECT_EQ(folder.read("secret"), "new");
    EXPECT_EQ(mode_of(folder.path("secret")), 0600U);
    EXPECT_THAT(folder.names(), ElementsAre("secret"));
}

TEST(SecretFile, IsLeftAloneWhenTheNewContentIsNotCommitted) {
    const Folder folder;
    folder.write("secret", "old");
    { const SecretFile abandoned(folder.path("secret")); }
    EXPECT_EQ(folder.read("secret"), "old");
    EXPECT_THAT(folder.names(), ElementsAre("secret"));
}

TEST(SecretFile, FollowsASymbolicLink) {
    const Folder folder;
    folder.write("real", "old");
    std::filesystem::create_symlink("real", folder.path("link"));
    write_secret_file(folder.path("link"), "new");
    EXPECT_TRUE(std::filesystem::is_symlink(folder.path("link")));
    EXPECT_EQ(folder.read("real"), "new");
}

TEST(SecretFile, FollowsLinksThatLeadToNothingYet) {
    const Folder folder;
    std::filesystem::create_directory(folder.path("kept"));
    std::filesystem::create_symlink("kept/real", folder.path("second"));
    std::filesystem::create_symlink(folder.path("second"), folder.path("first"));
    write_secret_file(folder.path("first"), "new");
    EXPECT_TRUE(std::filesystem::is_symlink(folder.path("first")));
    EXPECT_TRUE(std::filesystem::is_symlink(folder.path("second")));
    EXPECT_EQ(folder.read("kept/real"), "new");
    EXPECT_EQ(real_directory_of(folder.path("first")), folder.path("kept"));
}

TEST(SecretFile, KeepsItsOwnerWhenRootRewritesIt) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "only root may give files away";
    }
    const Folder folder;
    folder.write("secret", "old");
    ASSERT_EQ(::chown(folder.path("secret").c_str(), 65534, 65534), 0);
    write_secret_file(folder.path("secret"), "new");
    struct stat found = {};
    ASSERT_EQ(::stat(folder.path("secret").c_str(), &found), 0);
    EXPECT_EQ(found.st_uid, 65534U);
    EXPECT_EQ(found.st_gid, 65534U);
}

TEST(SecretFile, GoesToTheOwnerOfItsDirectoryWhereRootMakesItForThem) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "only root may give files away";
    }
    const Folder folder;
    ASSERT_EQ(::chown(folder.path(".").c_str(), 65534, 65534), 0);
    const auto owner_after = [&](SecretFile::NewOwner new_owner) {
        SecretFile file(folder.path("secret"), new_owner);
        file.commit("new");
        struct stat found = {};
        return ::stat(folder.path("secret").c_str(), &found) == 0 ? found.st_uid : 1;
    };
    EXPECT_EQ(owner_after(SecretFile::NewOwner::caller), 0U);
    EXPECT_EQ(owner_after(SecretFile::NewOwner::owner_of_directory), 65534U);
    // From then on the file's own owner counts.
    EXPECT_EQ(owner_after(SecretFile::NewOwner::caller), 65534U);
}

TEST(SecretFile, NamesFileAndRemedyWhereItCannotBeWritten) {
    const Folder folder;
    std::filesystem::create_directory(folder.path("directory"));
    for (const auto& file : {folder.path("directory"), folder.path("missing/secret")}) {
        try {
            write_secret_file(file, "new");
            FAIL() << file;
        } catch (const Error& error) {
            EXPECT_EQ(error.recovery(), Recovery::fix_config);
            EXPECT_THAT(error.what(), HasSubstr(file.string()));
            EXPECT_THAT(error.hint(), HasSubstr(file.parent_path().string()));
        }
    }
}

} // namespace

} // namespace pcmirror
