#include "schema/row.hpp"
#include "sync/records/decoding.hpp"
#include "sync/records/page_digests.hpp"
#include "tests/places/places.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>
#include <stdexcept>

namespace pcmirror {
namespace {

namespace fs = std::filesystem;

/// A source tree of its own that is configured as the program's is.
class Decoding : public ::testing::Test {
  protected:
    Decoding() {
        std::string name = (fs::temp_directory_path() / "pcmirror-decoding-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr)
            throw std::runtime_error("no temporary directory");
        root_ = name;
        write(
            "CMakeLists.txt",
            "cmake_minimum_required(VERSION 3.25)\nproject(tree LANGUAGES NONE)\n"
            "include(" +
                places::source("sync/records/decoding.cmake") +
                ")\n"
                "add_custom_target(tree ALL)\npcmirror_embed_decoding(tree)\n"
        );
        write("sync/records/value.cpp", "one");
        write("schema/resources/users.hpp", "one");
        write("daemon/help.cpp", "one");
        call(" -S " + root_.string() + " -G '" + places::cmake_generator + "' -B " + build());
    }

    ~Decoding() override { fs::remove_all(root_); }

    void write(const std::string& path, const std::string& text) const {
        fs::create_directories((root_ / path).parent_path());
        std::ofstream(root_ / path) << text;
    }

    /// What the program would be built with.
    [[nodiscard]] std::string built() const {
        call(" --build " + build());
        std::ostringstream text;
        text << std::ifstream(root_ / "build/generated/decoding.cpp").rdbuf();
        return text.str();
    }

  private:
    [[nodiscard]] std::string build() const { return (root_ / "build").string(); }

    static void call(const std::string& arguments) {
        const std::string command = places::cmake + arguments + " >/dev/null";
        ASSERT_EQ(std::system(command.c_str()), 0) << command;
    }

    fs::path root_;
};

TEST_F(Decoding, IsAnotherOnceASourceOfItChanges) {
    const std::string first = built();
    write("daemon/help.cpp", "two");
    EXPECT_EQ(built(), first);

    write("sync/records/value.cpp", "two");
    const std::string second = built();
    EXPECT_NE(second, first);

    write("schema/resources/users.hpp", "two");
    const std::string third = built();
    EXPECT_NE(third, second);

    write("sync/records/another.cpp", "one");
    EXPECT_NE(built(), third);
}

TEST(PageDigests, AreThoseOfOneDecoding) {
    Digest decoding;
    decoding.add(0, pcmirror::decoding());
    EXPECT_EQ(PageDigests().bytes(), decoding.bytes());
    EXPECT_EQ(pcmirror::decoding().size(), 64U);

    PageDigests pages;
    pages.add(1, Page{});
    EXPECT_TRUE(PageDigests::are_of_this_build(pages.bytes()));
    EXPECT_FALSE(PageDigests::are_of_this_build(""));
    EXPECT_FALSE(PageDigests::are_of_this_build(std::string(48, '\0')));
}

} // namespace
} // namespace pcmirror
