#include "tests/support/sample_jobs.hpp"
#include "tests/support/write_matrix.hpp"

#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <iostream>

// What the tests of single effects are made of (write_faults_test, and the killed and frozen
// processes that write).
namespace pcmirror::testing {
namespace {

TEST(WriteMatrix, HasASampleOfEveryOperationOrAReasonWhyThereIsNone) {
    for (const Operation* operation : operation_catalogue()) {
        const SampleJob* sample = sample_job(operation->name);
        ASSERT_NE(sample, nullptr)
            << operation->name << ": add it to tests/support/sample_jobs.cpp";
        EXPECT_NE(sample->payload == nullptr, sample->why_none.empty()) << operation->name;
    }
    for (const SampleJob& sample : sample_jobs())
        EXPECT_NE(operation_catalogue().find(sample.operation), nullptr) << sample.operation;
}

TEST(WriteMatrix, TestsEveryFaultOfEveryOperationOrSaysWhyNot) {
    for (const WriteCell& cell : write_matrix()) {
        const std::string_view reason = cell.exempt;
        EXPECT_NE(reason, "?") << cell.operation->name;
        EXPECT_FALSE(reason.ends_with("the steps of ")) << cell.operation->name;
    }
    const std::vector<WriteCell> cells = write_matrix();
    for (const WriteFault& fault : write_faults())
        EXPECT_TRUE(std::ranges::any_of(cells, [&](const WriteCell& cell) {
            return cell.fault == &fault && cell.exempt.empty();
        })) << fault.name;
}

TEST(WriteMatrix, IsPrinted) {
    const std::string text = write_matrix_text();
    std::cout << '\n' << text << std::flush;
    for (const Operation* operation : operation_catalogue())
        EXPECT_THAT(text, ::testing::HasSubstr(operation->name));
    EXPECT_THAT(text, ::testing::HasSubstr("exempt: nothing took effect"));
}

} // namespace
} // namespace pcmirror::testing
