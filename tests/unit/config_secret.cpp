#include "config/secret.hpp"

#include <cstring>
#include <gtest/gtest.h>
#include <memory>
#include <type_traits>

namespace pcmirror::test {

namespace {

template <class T>
concept Streamable = requires(std::ostream& out, const T& value) {
    out << value;
};

} // namespace

TEST(Secret, CannotBeStreamedOrTakenForText) {
    static_assert(!Streamable<Secret>);
    static_assert(!std::is_convertible_v<Secret, std::string>);
    static_assert(!std::is_convertible_v<std::string, Secret>);
}

TEST(Secret, KeepsItsTextThroughCopiesAndMoves) {
    for (const std::string& text : {std::string("short"), std::string(100, 'x')}) {
        Secret first(text);
        Secret copy = first;
        EXPECT_EQ(copy, first);
        Secret moved = std::move(first);
        EXPECT_EQ(moved.reveal(), text);
        Secret assigned("other");
        assigned = copy;
        EXPECT_EQ(assigned.reveal(), text);
        assigned = std::move(moved);
        EXPECT_EQ(assigned.reveal(), text);
        const Secret& itself = assigned;
        assigned = itself;
        EXPECT_EQ(assigned.reveal(), text);
    }
}

TEST(Secret, IsWipedWhenItEnds) {
    alignas(Secret) unsigned char memory[sizeof(Secret)];
    Secret* secret = std::construct_at(reinterpret_cast<Secret*>(memory), "hunter2");

    std::destroy_at(secret);

    const std::string left(reinterpret_cast<const char*>(memory), sizeof memory);
    EXPECT_EQ(left.find("hunter2"), std::string::npos);
}

TEST(Secret, LeavesNothingBehindWhereItWasMovedFrom) {
    alignas(Secret) unsigned char memory[sizeof(Secret)];
    Secret* secret = std::construct_at(reinterpret_cast<Secret*>(memory), "hunter2");

    const Secret moved = std::move(*secret);

    const std::string left(reinterpret_cast<const char*>(memory), sizeof memory);
    EXPECT_EQ(left.find("hunter2"), std::string::npos);
    EXPECT_EQ(moved.reveal(), "hunter2");
    std::destroy_at(secret);
}

} // namespace pcmirror::test
