#include "tests/places/places.hpp"
#include "tests/process/commands_installation.hpp"
#include "tests/support/job_world.hpp"
#include "tests/support/sample_jobs.hpp"

#include <algorithm>
#include <csignal>
#include <fmt/format.h>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pcmirror::testing {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// Jobs of customers that are mirrored, with nobody who does them.
class JobCommands : public ::testing::Test {
  protected:
    JobCommands() {
        EXPECT_EQ(installation.call({"sync", "customers"}).exit_code, 0);
        customer = value("select customer_id from partner_center.customers order by 1 limit 1");
    }

    [[nodiscard]] std::string value(const std::string& sql) const {
        return installation.database.value(sql).value_or("");
    }

    [[nodiscard]] long long count(const std::string& what) const {
        return installation.database.number("select count(*) from " + what);
    }

    void allow(const json& operations) {
        installation.configure({{"write_back", {{"operations", operations}}}});
    }

    /// The command line that queues a job of the customer.
    [[nodiscard]] std::vector<std::string>
    add(const std::string& operation, std::vector<std::string> more = {}) const {
        std::vector<std::string> words{"job", "add", operation, "--customer", customer};
        words.insert(words.end(), more.begin(), more.end());
        return words;
    }

    /// The same with a name of a city, which may be changed without money.
    [[nodiscard]] std::vector<std::string> add_city(std::vector<std::string> more = {}) const {
        more.insert(more.begin(), {"--set", "default_address.city=Lyon"});
        return add("update_billing_profile", std::move(more));
    }

    /// Runs a shell's line, in which `$pcmirror` stands for the command.
    [[nodiscard]] Outcome
    shell(const std::vector<std::string>& command, const std::string& line) const {
        std::string words;
        for (const std::string& word : installation.words(command))
            words += " '" + word + "'";
        return run({"/bin/bash", "-c", "pcmirror() { " + words + "; }; " + line});
    }

    Installation installation;
    std::string customer;
};

// What only the answer had.

/// A job whose answer had a secret that waits to be handed out.
class JobSecret : public JobCommands {
  protected:
    JobSecret() {
        EXPECT_EQ(installation.call(add_city()).out, "1\n");
        installation.database.execute(
            "insert into pcmirror.job_secrets (job_id, field, value, of_answer) "
            "values (1, 'answer', 'Geheim4711', true)"
        );
    }
};

TEST_F(JobSecret, IsHandedOutOnce) {
    const Outcome outcome = installation.call({"job", "secret", "1"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(outcome.out, "Geheim4711\n");
    EXPECT_EQ(count("pcmirror.job_secrets"), 0);
    EXPECT_EQ(installation.call({"job", "secret", "1"}).exit_code, 2);
}

TEST_F(JobSecret, StaysWhereItCantBeWritten) {
    const std::vector<std::string> secret{"job", "secret", "1"};
    for (const char* line :
         {"pcmirror >/dev/full",
          "pcmirror >&-",
          // The reader is gone before there is anything to read.
          "exec 3> >(:); wait $!; pcmirror >&3"}) {
        const Outcome outcome = shell(secret, line);
        EXPECT_EQ(outcome.exit_code, 1) << line << outcome.err;
        EXPECT_THAT(outcome.err, HasSubstr("it stays where it is")) << line;
        EXPECT_EQ(count("pcmirror.job_secrets"), 1) << line;
    }
    EXPECT_EQ(installation.call(secret).out, "Geheim4711\n");
}

TEST_F(JobSecret, IsToldOfByWhoeverShowsTheJob) {
    const std::string told = "pcmirror job secret 1";
    const Outcome shown = installation.call({"job", "show", "1"});
    EXPECT_THAT(shown.out, HasSubstr(told));
    EXPECT_EQ(installation.json({"job", "show", "1"})["secret_waits"], true);
    EXPECT_THAT(shown.out, Not(HasSubstr("Geheim")));

    ASSERT_EQ(installation.call({"job", "secret", "1"}).exit_code, 0);
    EXPECT_THAT(installation.call({"job", "show", "1"}).out, Not(HasSubstr(told)));
    EXPECT_EQ(installation.json({"job", "show", "1"})["secret_waits"], false);
}

TEST_F(JobSecret, IsToldOfByTheStatus) {
    installation.database.execute(
        "update pcmirror.jobs set state = 'succeeded', finished_at = now(), confirmed = true"
    );
    EXPECT_THAT(
        installation.call({"status"}).out,
        HasSubstr("secrets: 1 waits to be handed out, a day at most; pcmirror job secret")
    );
    EXPECT_EQ(installation.json({"status"})["queue"]["within_a_day"]["secrets_waiting"], 1);
}

TEST_F(JobCommands, TellOfTheSecretOfACustomerThatWasCreated) {
    allow({"create_customer"});
    const JobWorld world(installation.simulator);
    const std::string payload = sample_job("create_customer")->payload(world, "")->dump();
    const std::vector<std::string> words{
        "job", "add", "create_customer", "--payload", payload, "--wait"};
    Process single(installation.words(words));
    ASSERT_TRUE(single.await_out("1\n")) << single.err();
    ASSERT_EQ(installation.call({"job", "work", "--until-empty"}).exit_code, 0);
    const Outcome ended = single.wait();
    EXPECT_EQ(ended.exit_code, 0) << ended.err;
    EXPECT_THAT(ended.out, HasSubstr("pcmirror job secret 1"));
}

// What is not allowed.

TEST_F(JobCommands, RefuseWhatIsNotAllowedAsAnyOtherRefusal) {
    allow({"update_user"});
    const std::vector<std::string> words =
        add("delete_user", {"--set", "user_principal_name=ada@contoso.com"});
    const Outcome refused = installation.call(words);
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_THAT(refused.err, HasSubstr("\"delete_user\" is not allowed: write_back.operations"));
    EXPECT_THAT(refused.err, Not(HasSubstr("superuser")));
    EXPECT_EQ(count("pcmirror.write_jobs"), 0);
}

TEST_F(JobCommands, ShowNoRequestThatWouldBeRefused) {
    allow({"update_user"});
    const auto expect_refused = [&](std::vector<std::string> words, const std::string& why) {
        words.emplace_back("--dry-run");
        const Outcome outcome = installation.call(words);
        EXPECT_EQ(outcome.exit_code, 2) << outcome.out;
        EXPECT_THAT(outcome.out, IsEmpty());
        EXPECT_THAT(outcome.err, HasSubstr(why));
    };
    const std::vector<std::string> somebody{"--set", "user_principal_name=ada@contoso.com"};
    expect_refused(add("delete_user", somebody), "is not allowed");
    expect_refused(add("update_user", somebody), "at least one of these is wanted");
    expect_refused(
        {"job", "add", "update_user", "--set", "user_principal_name=a@b.c", "--set", "last_name=L"},
        "customer_id is missing"
    );
}

// The request that would be sent.

TEST_F(JobCommands, ShowTheRequestForAUserThatIsNamed) {
    const std::vector<std::string> ada{"--set", "user_principal_name=ada@contoso.com", "--dry-run"};
    const std::string users = "/v1/customers/" + customer + "/users/USER_ID";
    const auto shown = [&](const std::string& operation, const std::string& change) {
        std::vector<std::string> words = add(operation, ada);
        if (!change.empty())
            words.insert(words.end(), {"--set", change});
        const Outcome outcome = installation.call(words);
        EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
        EXPECT_THAT(
            outcome.out, HasSubstr("(USER_ID: of the user ada@contoso.com, looked up first)\n")
        );
        return outcome.out;
    };
    const std::string update = shown("update_user", "display_name=Ada");
    EXPECT_THAT(update, HasSubstr("PATCH " + installation.simulator.api_url() + users + "\n"));
    EXPECT_THAT(update, HasSubstr(R"("displayName":"Ada")"));
    EXPECT_THAT(update, Not(HasSubstr("userPrincipalName"))) << "it is no change";
    EXPECT_THAT(
        shown("delete_user", ""),
        HasSubstr("DELETE " + installation.simulator.api_url() + users + "\n")
    );
    EXPECT_THAT(shown("assign_licenses", "licenses_to_remove=s-1"), HasSubstr("licensesToRemove"));
}

TEST_F(JobCommands, ShowTheRequestAsOneDocument) {
    const json shown = installation.json(add_city({"--dry-run"}));
    EXPECT_EQ(shown["operation"], "update_billing_profile");
    EXPECT_EQ(shown["customer_id"], customer);
    EXPECT_THAT(shown["read_first"], HasSubstr("/v1/customers/" + customer));
    EXPECT_EQ(shown["method"], "PUT");
    EXPECT_THAT(shown["url"], HasSubstr("/v1/customers/" + customer + "/profiles/billing"));
    EXPECT_EQ(shown["body"]["defaultAddress"]["city"], "Lyon");
    EXPECT_EQ(shown["with_other_members"], true);
    const json named = installation.json(
        add("delete_user", {"--set", "user_principal_name=ada@contoso.com", "--dry-run"})
    );
    EXPECT_EQ(named["user_id_of"], "ada@contoso.com");
    EXPECT_EQ(named["body"], nullptr);
}

// Waiting for the end.

/// Jobs of which the API refuses the first.
class JobEnds : public JobCommands {
  protected:
    JobEnds() {
        installation.fault(
            {{"fault", "status"},
             {"operation", "update_billing_profile"},
             {"status", 400},
             {"body", R"({"code":3000,"description":"no such city","data":[],"source":""})"},
             {"times", 1}}
        );
    }

    /// What a waiting command says once its jobs were worked on, which it has queued by then.
    [[nodiscard]] Outcome wait_for(const std::vector<std::string>& words, long long jobs) const {
        Process waiting(installation.words(words));
        while (count("pcmirror.write_jobs") < jobs)
            if (!waiting.running())
                break;
        static_cast<void>(installation.call({"job", "work", "--until-empty"}));
        return waiting.wait();
    }
};

TEST_F(JobEnds, AreNamedOnStderr) {
    const Outcome outcome = wait_for(add_city({"--wait"}), 1);
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_THAT(outcome.out, HasSubstr("no such city"));
    EXPECT_THAT(outcome.err, AllOf(HasSubstr("job 1 failed: "), HasSubstr("no such city")));
}

TEST_F(JobEnds, AreOneDocument) {
    const Outcome outcome = wait_for(add_city({"--wait", "--json"}), 1);
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_THAT(outcome.err, HasSubstr("job 1 failed: "));
    const json document = json::parse(outcome.out);
    EXPECT_EQ(document["job_id"], 1);
    EXPECT_EQ(document["state"], "failed");
    EXPECT_EQ(document["new"], true);
}

class BatchEnds : public JobEnds {
  protected:
    BatchEnds() {
        std::ofstream(file) << "customer,default_address.city\n"
                            << customer << ",Lyon\n"
                            << customer << ",Paris\n";
    }

    [[nodiscard]] std::vector<std::string> words(const std::vector<std::string>& more) const {
        std::vector<std::string> all{"job", "add", "update_billing_profile", "--batch", file};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }

    std::string file = (installation.directory / "jobs.csv").string();
};

TEST_F(BatchEnds, AreNamedByLineJobAndReason) {
    const Outcome outcome = wait_for(words({"--wait"}), 2);
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_THAT(outcome.out, HasSubstr("2 jobs queued (1 to 2)\n"));
    EXPECT_THAT(outcome.out, HasSubstr("1 succeeded, 1 failed\n"));
    EXPECT_THAT(outcome.err, HasSubstr(file + ":2: job 1 failed: "));
    EXPECT_THAT(outcome.err, HasSubstr("no such city"));
    EXPECT_THAT(outcome.err, Not(HasSubstr(":3: job")));
}

TEST_F(BatchEnds, AreOneDocumentWithTheirStates) {
    const Outcome outcome = wait_for(words({"--wait", "--json"}), 2);
    EXPECT_EQ(outcome.exit_code, 1);
    const json document = json::parse(outcome.out);
    EXPECT_EQ(document["queued"], 2);
    EXPECT_EQ(document["succeeded"], 1);
    EXPECT_EQ(document["failed"], 1);
    EXPECT_EQ(document["jobs"][0]["line"], 2);
    EXPECT_EQ(document["jobs"][0]["state"], "failed");
    EXPECT_THAT(document["jobs"][0]["last_error"], HasSubstr("no such city"));
    EXPECT_EQ(document["jobs"][1]["state"], "succeeded");
    EXPECT_EQ(document["jobs"][1]["last_error"], nullptr);
}

// Stopped.

TEST_F(JobCommands, SayHowFarTheyGotWhenTheyAreInterrupted) {
    installation.fault({{"fault", "hang"}, {"customer", customer}});
    ASSERT_EQ(installation.call(add_city()).exit_code, 0);
    Process work(installation.words({"job", "work", "--until-empty"}));
    // That it is running is told before the process counts it.
    const auto is_asked = [&] {
        return std::ranges::any_of(
            installation.simulator.control_lines("/log"),
            [&](const json& request) { return request.at("customer") == customer; }
        );
    };
    while (!is_asked())
        ASSERT_TRUE(work.running()) << work.err();
    work.signal(SIGINT);
    const Outcome outcome = work.wait();
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_THAT(outcome.err, Not(HasSubstr("internal error")));
    EXPECT_THAT(outcome.err, HasSubstr("interrupted"));
    EXPECT_THAT(outcome.out, HasSubstr("1 attempt at jobs\n"));
}

// One job, queued twice.

TEST_F(JobCommands, SayThatAJobWasThereAlready) {
    const std::vector<std::string> words = add_city({"--key", "ticket-1"});
    EXPECT_EQ(installation.call(words).out, "1\n");
    const Outcome again = installation.call(words);
    EXPECT_EQ(again.exit_code, 0);
    EXPECT_EQ(again.out, "1\n");
    EXPECT_THAT(again.err, HasSubstr("job 1 was there already\n"));
    EXPECT_EQ(installation.json(words), json({{"job_id", 1}, {"new", false}}));
}

// The list.

TEST_F(JobCommands, ListAsLaterWhatWaitsForItsTime) {
    ASSERT_EQ(installation.call(add_city()).exit_code, 0);
    ASSERT_EQ(installation.call(add_city({"--after", "2999-01-01"})).exit_code, 0);
    installation.database.execute("update pcmirror.jobs set begun = true where job_id = 1");
    const std::string list = installation.call({"job", "list"}).out;
    EXPECT_THAT(list, HasSubstr("queued, later"));
    EXPECT_THAT(list, Not(HasSubstr("after job")));
}

// The catalogue.

TEST(Operations, SayWhatIsRequiredAndWhen) {
    const json catalogue = json::parse(run({places::program, "operations", "--json"}).out);
    const auto field = [&](const std::string& operation, const std::string& name) {
        for (const json& one : catalogue)
            if (one["operation"] == operation)
                for (const json& described : one["fields"])
                    if (described["field"] == name)
                        return described;
        return json();
    };
    const json issuer = field("add_verified_domain", "domain_federation_settings.issuer_uri");
    EXPECT_EQ(issuer["required"], false);
    EXPECT_EQ(issuer["required_with"], "domain_federation_settings");
    const json user = field("delete_user", "user_id");
    EXPECT_EQ(user["required"], false);
    EXPECT_EQ(user["required_unless"], "user_principal_name");
    const json password = field("reset_user_password", "password");
    EXPECT_EQ(password["required"], true);
    EXPECT_EQ(password["required_with"], nullptr);
    EXPECT_EQ(password["required_unless"], nullptr);
}

// What is typed wrong.

TEST_F(JobCommands, SayWhatIsWrongWithWhatWasTyped) {
    const auto expect_refused = [&](std::vector<std::string> words, const std::string& why) {
        const Outcome outcome = installation.call(std::move(words));
        EXPECT_EQ(outcome.exit_code, 2) << why;
        EXPECT_THAT(outcome.err, HasSubstr(why));
    };
    expect_refused(add_city({"--after", "infinity"}), "run_after must be a time");
    expect_refused(add_city({"--priority", "99999999999"}), "priority must be a whole number from");
    expect_refused(add_city({"--priority", "high"}), "priority must be a whole number from");
    expect_refused(add_city({"--set", "email=\xff"}), "--set is not UTF-8");
    expect_refused(add_city({"--key", "\xff"}), "--key is not UTF-8");
    expect_refused(
        {"job", "add", "update_billing_profile", "--batch", "/proc/self/mem"},
        "/proc/self/mem can't be read: Input/output error"
    );
    EXPECT_EQ(count("pcmirror.write_jobs"), 0);
}

TEST_F(JobCommands, SayThatARetriedJobIsHeld) {
    ASSERT_EQ(installation.call(add_city()).exit_code, 0);
    EXPECT_EQ(installation.call({"job", "retry", "1"}).out, "queued again\n");
    installation.database.execute("update pcmirror.jobs set held_at = now()");
    const Outcome outcome = installation.call({"job", "retry", "1"});
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_THAT(outcome.out, HasSubstr("queued again, and held"));
    EXPECT_THAT(outcome.out, HasSubstr("pcmirror job release"));
}

} // namespace
} // namespace pcmirror::testing
