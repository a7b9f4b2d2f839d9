#include "daemon/queue_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace pcmirror {
namespace {

using ::testing::HasSubstr;

QueueReport busy() {
    QueueReport queue;
    queue.due = 3;
    queue.later = 1;
    queue.retrying = 2;
    queue.held = 4;
    queue.running = 5;
    queue.succeeded = 40;
    queue.unconfirmed = 2;
    queue.failed = 1;
    queue.oldest_waiting_seconds = 330;
    queue.put_off = {17, "503 Service\nUnavailable"};
    queue.pauses = {
        {"", "2026-01-31T12:00:00Z", "ada"},
        {"11111111-0000-4000-8000-000000000001", "2026-01-31T13:00:00Z", "bob"}};
    return queue;
}

TEST(QueueWords, SayWhatWaitsAndWhy) {
    EXPECT_EQ(
        queue_text(busy()),
        "queue: 10 queued (3 due, 1 later, 2 to be tried again, 4 held), 5 running; the oldest "
        "waits for 5m30s; within a day 40 succeeded, 2 of them unconfirmed, 1 failed\n"
        "put off: job 17: 503 Service Unavailable; pcmirror job show 17 tells more\n"
        "paused: all jobs since 2026-01-31T12:00:00Z by ada; pcmirror job resume lets them go on\n"
        "paused: jobs of customer 11111111-0000-4000-8000-000000000001 since "
        "2026-01-31T13:00:00Z by bob; pcmirror job resume --customer "
        "11111111-0000-4000-8000-000000000001 lets them go on\n"
        "held: since the database was restored; pcmirror job release lets them go on\n"
    );
}

TEST(QueueWords, TellOfSecretsThatNobodyFetchedYet) {
    QueueReport queue;
    queue.secrets_waiting = 2;
    EXPECT_THAT(
        queue_text(queue),
        HasSubstr("secrets: 2 wait to be handed out, a day at most; pcmirror job secret ID, of the "
                  "jobs with secret_waits in pcmirror.write_jobs\n")
    );
}

TEST(QueueWords, AreShortWhereNothingHappens) {
    EXPECT_EQ(queue_text({}), "queue: 0 queued, 0 running; within a day none ended\n");
}

TEST(QueueWords, AreADocumentForPrograms) {
    JsonWriter writer;
    write_queue(writer, busy());
    const nlohmann::json json = nlohmann::json::parse(writer.document());
    EXPECT_EQ(json["queued"], 10);
    EXPECT_EQ(json["retrying"], 2);
    EXPECT_EQ(json["oldest_waiting_seconds"], 330);
    EXPECT_EQ(json["within_a_day"]["failed"], 1);
    EXPECT_EQ(json["put_off"]["job_id"], 17);
    EXPECT_EQ(json["pauses"][0]["customer_id"], nullptr);
    EXPECT_EQ(json["pauses"][1]["by"], "bob");
}

TEST(WorkWords, SayHowFarHowFastAndHowLong) {
    EXPECT_EQ(
        work_words({.done = 12, .failed = 1, .waiting = 85, .per_second = 4.25}),
        "jobs  12 done  1 failed  85 waiting  4.2/s  20s to go"
    );
    EXPECT_EQ(
        work_words({.done = 0, .failed = 0, .waiting = 85}), "jobs  0 done  0 failed  85 waiting"
    );
}

} // namespace
} // namespace pcmirror
