#include "tests/process/commands_installation.hpp"
#include "tests/process/progress_terminal.hpp"

#include <csignal>
#include <fmt/format.h>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pcmirror::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// Batches of jobs, with customers and subscriptions mirrored.
class Batch : public ::testing::Test {
  protected:
    Batch() {
        EXPECT_EQ(installation.call({"sync"}).exit_code, 0);
        rows = installation.database.rows(
            "select customer_id::text, domain, min(subscription_id) "
            "from partner_center.customers join partner_center.subscriptions using (customer_id) "
            "where domain is not null group by 1, 2 order by 1 limit 3"
        );
        EXPECT_EQ(rows.size(), 3U);
    }

    std::string write(const std::string& text) {
        std::filesystem::path path = installation.directory / "jobs.csv";
        std::ofstream(path, std::ios::binary) << text;
        return path.string();
    }

    /// A new name for a subscription of each customer, by domain.
    [[nodiscard]] std::string names(const std::string& name, bool header = true) const {
        std::string text = header ? "customer,subscription_id,friendly_name\r\n" : "";
        for (const auto& row : rows)
            text += fmt::format("{},{},\"{}, renamed\"\r\n", *row[1], *row[2], name);
        return text;
    }

    [[nodiscard]] long long queued() const {
        return installation.database.number("select count(*) from pcmirror.write_jobs");
    }

    Installation installation{
        {.simulator = {"--customers", "12", "--subscriptions", "3", "--switch", "accepted=none"}}};
    Rows rows;
};

TEST_F(Batch, IsQueuedWithKeysOfAPrefixAndQueuedAgainWithoutHarm) {
    const std::string file = write(names("First"));
    const std::vector<std::string> words{
        "job", "add", "update_subscription", "--batch", file, "--key", "ticket-1"};
    const Outcome first = installation.call(words);
    EXPECT_EQ(first.exit_code, 0) << first.err;
    EXPECT_THAT(first.out, HasSubstr("3 jobs queued (1 to 3)\n"));
    EXPECT_EQ(
        *installation.database.value(
            "select idempotency_key || ' ' || (payload ->> 'friendly_name') "
            "from pcmirror.write_jobs order by job_id limit 1"
        ),
        "ticket-1:2 First, renamed"
    );

    EXPECT_THAT(installation.call(words).out, HasSubstr("0 jobs queued, 3 were there already\n"));
    const nlohmann::json again = installation.json(words);
    EXPECT_EQ(again["queued"], 0);
    EXPECT_EQ(again["already_there"], 3);
    EXPECT_EQ(again["jobs"][1], nlohmann::json({{"line", 3}, {"job_id", 2}, {"new", false}}));
    EXPECT_EQ(queued(), 3);
}

TEST_F(Batch, NamesTheLinesThatItRefusesAndQueuesNothing) {
    std::string text = names("First");
    text += "nobody.com,s,x\n" + *rows[0][1] + ",../s,x\n";
    const std::string file = write(text);
    const Outcome outcome =
        installation.call({"job", "add", "update_subscription", "--batch", file});
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_THAT(outcome.out, IsEmpty());
    EXPECT_THAT(
        outcome.err,
        AllOf(
            HasSubstr(file + ":5: the mirror has no customer with id or domain \"nobody.com\""),
            HasSubstr(file + ":6: update_subscription: subscription_id must be an id"),
            HasSubstr("2 of 5 jobs can't be queued; nothing was queued\n"),
            HasSubstr("hint: mend these lines")
        )
    );
    EXPECT_EQ(queued(), 0);
}

TEST_F(Batch, ComesFromStdinWithOperationsInAColumn) {
    const std::string text = fmt::format(
        "operation,customer,subscription_id,friendly_name,email\n"
        "update_subscription,{0},{1},Renamed,\n"
        "update_billing_profile,{0},,,a@b.example\n",
        *rows[0][0],
        *rows[0][2]
    );
    const Outcome outcome = installation.call({"job", "add", "--batch", "-"}, {.input = text});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(
        *installation.database.value(
            "select string_agg(operation, ' ' order by job_id) from pcmirror.write_jobs"
        ),
        "update_subscription update_billing_profile"
    );
    const Outcome refused =
        installation.call({"job", "add", "--batch", "-"}, {.input = "operation\nupdate\n"});
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_THAT(refused.err, HasSubstr("stdin:2: unknown operation \"update\""));
}

TEST_F(Batch, NeverShowsAPassword) {
    installation.configure({{"log", {{"level", "trace"}}}});
    const std::string header = "user_principal_name,display_name,usage_location,password\n";
    const std::string good = header + "a@b.example,A,FR,Geheim4711\n";
    const auto add = [&](const std::string& text) {
        return installation.call(
            {"job", "add", "create_user", "--customer", *rows[0][0], "--batch", "-"},
            {.input = text}
        );
    };
    const Outcome queued_one = add(good);
    EXPECT_EQ(queued_one.exit_code, 0) << queued_one.err;
    const Outcome refused =
        add(good + "b@b.example,,FR,Geheim4711\nc@b.example,C,FR,\"Geheim\"4711\n");
    EXPECT_EQ(refused.exit_code, 2);
    for (const Outcome& outcome : {queued_one, refused})
        EXPECT_THAT(outcome.out + outcome.err, Not(HasSubstr("Geheim")));
}

TEST_F(Batch, SaysWhatOfTheCommandLineDoesNotGoTogether) {
    const std::string file = write(names("First"));
    const auto refusal = [&](std::vector<std::string> more) {
        more.insert(more.begin(), {"job", "add", "--batch", file});
        const Outcome outcome = installation.call(more);
        EXPECT_EQ(outcome.exit_code, 2);
        EXPECT_THAT(outcome.err, HasSubstr("hint: "));
        return outcome.err;
    };
    EXPECT_THAT(refusal({}), HasSubstr("no operation"));
    EXPECT_THAT(refusal({"--set", "friendly_name=x"}), HasSubstr("need the OPERATION"));
    EXPECT_THAT(refusal({"update_subscriptoin"}), HasSubstr("did you mean update_subscription"));
    EXPECT_THAT(
        refusal({"update_subscription", "--payload", "[]"}),
        HasSubstr("--payload is no JSON object")
    );
    EXPECT_THAT(installation.call({"job", "add"}).err, HasSubstr("OPERATION is missing"));
    EXPECT_THAT(
        installation.call({"job", "add", "update_subscription", "--batch", "/nowhere"}).err,
        HasSubstr("/nowhere can't be read: No such file or directory")
    );
    EXPECT_EQ(queued(), 0);
}

TEST_F(Batch, IsWaitedForUntilAllHaveEnded) {
    const std::string file = write(names("Renamed"));
    Process add(installation.words({"job", "add", "update_subscription", "--batch", file, "--wait"})
    );
    ASSERT_TRUE(add.await_out("3 jobs queued")) << add.err();
    ASSERT_EQ(installation.call({"job", "work", "--until-empty"}).exit_code, 0);
    const Outcome ended = add.wait();
    EXPECT_EQ(ended.exit_code, 0) << ended.err;
    EXPECT_THAT(ended.out, HasSubstr("3 succeeded\n"));
    EXPECT_EQ(
        installation.database.number(
            "select count(*) from partner_center.subscriptions where friendly_name = 'Renamed, "
            "renamed'"
        ),
        3
    );

    const std::string gone =
        write("customer,subscription_id,friendly_name\n" + *rows[0][1] + ",nosuch,x\n");
    Process failing(
        installation.words({"job", "add", "update_subscription", "--batch", gone, "--wait"})
    );
    ASSERT_TRUE(failing.await_out("1 job queued")) << failing.err();
    ASSERT_EQ(installation.call({"job", "work", "--until-empty"}).exit_code, 1);
    const Outcome failed = failing.wait();
    EXPECT_EQ(failed.exit_code, 1);
    EXPECT_THAT(failed.out, HasSubstr("1 failed\n"));
    EXPECT_THAT(failed.err, HasSubstr(gone + ":2: job 4 failed: the API knows no "));
}

// Judged, and not queued.

TEST_F(Batch, IsJudgedByTheMirrorWithoutBeingQueued) {
    const std::string file = write(names("Renamed") + names("Otherwise", false));
    const std::vector<std::string> words{
        "job", "add", "update_subscription", "--batch", file, "--dry-run"};
    const Outcome outcome = installation.call(words);
    EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
    EXPECT_THAT(
        outcome.out,
        AllOf(
            HasSubstr("6 lines: 6 would be queued, 3 conflict\n"),
            HasSubstr("12 requests or more: 6 to read first, 6 to write"),
            HasSubstr("requests/s\none after the other: 2 jobs of customer "),
            HasSubstr(file + ":5: conflict: line 2 sets friendly_name to something else\n")
        )
    );
    const nlohmann::json json = installation.json(words);
    EXPECT_EQ(json["conflict"], 3);
    EXPECT_EQ(json["requests"]["at_least"], 12);
    EXPECT_GT(json["requests"]["seconds"], 0);
    EXPECT_EQ(queued(), 0);
}

TEST_F(Batch, IsFineWhereNothingHinders) {
    const std::string file = write(names("Renamed"));
    const Outcome outcome =
        installation.call({"job", "add", "update_subscription", "--batch", file, "--dry-run"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.out;
    EXPECT_THAT(outcome.out, HasSubstr("3 lines: 3 would be queued\n"));
    EXPECT_EQ(queued(), 0);
}

TEST_F(Batch, IsToldWhatWouldBeRefused) {
    const std::string file = write("customer,subscription_id,friendly_name\nnobody.com,s,x\n");
    const Outcome outcome =
        installation.call({"job", "add", "update_subscription", "--batch", file, "--dry-run"});
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_THAT(outcome.out, HasSubstr(file + ":2: refused: the mirror has no customer"));
}

// The line of `job work`.

TEST_F(Batch, IsFollowedOnATerminalWhileItIsWorkedOn) {
    const std::string file = write(names("Renamed"));
    ASSERT_EQ(
        installation.call({"job", "add", "update_subscription", "--batch", file}).exit_code, 0
    );
    installation.fault({{"fault", "hang"}, {"customer", *rows[0][0]}});
    Terminal terminal(160);
    Process work(on(terminal, "2>", installation.words({"job", "work", "--until-empty"})));
    EXPECT_TRUE(terminal.await("jobs  2 done  0 failed  1 waiting")) << work.out();
    installation.end_faults();
    work.signal(SIGINT);
    work.wait();
    const Screen screen(terminal.text());
    EXPECT_THAT(screen.not_understood, IsEmpty());
    for (const std::string& line : screen.lines)
        EXPECT_THAT(line, Not(HasSubstr("waiting"))) << "what is left of the line";
}

TEST_F(Batch, IsNotFollowedWhereThereIsNoTerminal) {
    const std::string file = write(names("Renamed"));
    ASSERT_EQ(
        installation.call({"job", "add", "update_subscription", "--batch", file}).exit_code, 0
    );
    const Outcome work = installation.call({"job", "work", "--until-empty"});
    EXPECT_EQ(work.exit_code, 0);
    EXPECT_THAT(work.err, Not(HasSubstr("waiting")));
}

} // namespace
} // namespace pcmirror::testing
