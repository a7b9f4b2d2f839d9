#pragma once

#include "schema/operation_catalogue.hpp"
#include "tests/support/engine_test.hpp"
#include "tests/support/queued_jobs.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <optional>

namespace pcmirror::testing {

/// A mirrored world whose customers are changed by jobs.
class WriteJobs : public EngineTest {
  protected:
    /// Customers, users, SKUs, licenses and subscriptions are mirrored.
    void writable_world(const json& overrides = json::object()) {
        world({"--customers", "4", "--users", "6", "--subscriptions", "4"});
        turn({{"accepted", "none"}});
        for (const std::string& customer : customers())
            for (const std::string& subscription : subscriptions_of(customer))
                change({{"set", {customer, subscription, {{"status", "active"}, {"quantity", 20}}}}}
                );
        json settings = {
            {"write_back", {{"operations", operation_names()}, {"settle_time", "0s"}}}};
        settings.merge_patch(overrides);
        engine(settings);
        lengthen_pauses();
        for (const char* resource :
             {"customers", "subscriptions", "users", "subscribed_skus", "user_licenses"})
            engine().pass(resource);
        engine().work_jobs();
        forget_requests();
    }

    /// Queues a job in SQL, as operators do.
    [[nodiscard]] long long
    enqueue(const std::string& operation, const json& payload, const std::string& customer) const {
        return testing::enqueue(database_, operation, {customer, payload});
    }

    /// Seconds that the job was last put off for.
    [[nodiscard]] double pause_of(long long job) const {
        return std::stod(*database_.value(fmt::format(
            "select extract(epoch from pause) from public.pauses where job_id = {} order by "
            "number desc limit 1",
            job
        )));
    }

    /// Works until the job has ended, without waiting for the pauses in between.
    void finish(long long job) {
        for (int round = 0; round < 30; ++round) {
            engine().work_jobs();
            if (field(job, "finished_at"))
                return;
            database_.execute("update pcmirror.jobs set run_after = now() where state = 'queued'");
        }
        FAIL() << "job " << job << " does not end: " << field(job, "last_error").value_or("");
    }

    [[nodiscard]] std::optional<std::string> field(long long job, const std::string& column) const {
        return database_.value(
            "select " + column +
            "::text from pcmirror.write_jobs where job_id = " + std::to_string(job)
        );
    }

    void expect_succeeded(long long job) const {
        EXPECT_EQ(field(job, "state"), "succeeded") << field(job, "last_error").value_or("");
        EXPECT_EQ(field(job, "confirmed"), "true");
    }

    void expect_failed(long long job, const std::string& why) const {
        EXPECT_EQ(field(job, "state"), "failed");
        EXPECT_THAT(field(job, "last_error").value_or(""), ::testing::HasSubstr(why));
    }

    /// How often the world was really changed by an operation.
    [[nodiscard]] long long effects(const std::string& operation) const {
        return simulator().control("GET", "/effects?operation=" + operation).at("count");
    }

    void expect_mirror_shows_world() const {
        for (const char* resource : {"customers", "users", "user_licenses"})
            EXPECT_EQ(mirrored(database_, resource), truth(simulator(), resource)) << resource;
    }

    /// What the world says of a subscription, as JSON.
    [[nodiscard]] std::string truth_of(const std::string& subscription) const {
        for (const json& row : simulator().control_lines("/truth/subscriptions?details=1"))
            if (row.at("subscription_id") == subscription)
                return row.dump();
        return "null";
    }

    /// A subscription and its customer.
    struct Whose {
        std::string customer;
        std::string subscription;
    };

    [[nodiscard]] Whose a_subscription() const {
        const auto row = database_.rows("select customer_id::text, subscription_id from "
                                        "partner_center.subscriptions order by 1, 2 limit 1");
        return {*row.at(0)[0], *row[0][1]};
    }

    [[nodiscard]] long long rename_subscription(const Whose& whose, const std::string& name) const {
        return enqueue(
            "update_subscription",
            {{"subscription_id", whose.subscription}, {"friendly_name", name}},
            whose.customer
        );
    }

    /// A customer whose users can be read, with users and licenses.
    [[nodiscard]] std::string customer_with_users() const {
        return database_
            .value("select customer_id::text from partner_center.user_licenses order by 1 limit 1")
            .value();
    }

    /// Another customer with users.
    [[nodiscard]] std::string another_than(const std::string& customer) const {
        return database_
            .value(
                "select customer_id::text from partner_center.users where state = 'active' and "
                "customer_id <> '" +
                customer + "' order by 1 limit 1"
            )
            .value();
    }

    /// A job that gives the customer's first user another name.
    [[nodiscard]] long long rename(const std::string& customer, const std::string& name) const {
        return enqueue(
            "update_user", {{"user_id", a_user(customer)}, {"display_name", name}}, customer
        );
    }

    /// A job of the operation that changes something.
    [[nodiscard]] PreparedJob sample(const std::string& operation) const {
        const JobWorld world(simulator());
        return prepare_jobs(world, *operation_catalogue().find(operation), 1).front();
    }

    /// What makes a user of the customer.
    [[nodiscard]] json new_user(const std::string& customer) const {
        return {
            {"user_principal_name",
             "ada@" + *database_.value(
                          "select domain from partner_center.customers where customer_id = '" +
                          customer + "'"
                      )},
            {"display_name", "Ada"},
            {"usage_location", "FR"},
            {"password", "Geheim4711*"}};
    }

    /// The customer's active users.
    [[nodiscard]] std::vector<std::string> users(const std::string& customer) const {
        std::vector<std::string> ids;
        for (const auto& row : database_.rows(
                 "select user_id::text from partner_center.users where customer_id = '" + customer +
                 "' and state = 'active' order by user_id"
             ))
            ids.push_back(row[0].value());
        return ids;
    }

    [[nodiscard]] std::string name_of(const std::string& user) const {
        return database_
            .value(
                "select user_principal_name from partner_center.users where user_id = '" + user +
                "'"
            )
            .value();
    }

    /// An active user of the customer.
    [[nodiscard]] std::string a_user(const std::string& customer) const {
        return database_
            .value(
                "select user_id::text from partner_center.users where customer_id = '" + customer +
                "' and state = 'active' and usage_location is not null order by user_id limit 1"
            )
            .value();
    }

  private:
    /// What is put off stays so for a day, or until a test says that it is due: however slow the
    /// machine is, no pause is over before the queue was found empty.
    void lengthen_pauses() const {
        database_.execute(
            "create table public.pauses (number bigserial, job_id bigint, pause interval);"
            "create function public.lengthen_pause() returns trigger language plpgsql as $$ begin "
            "insert into public.pauses (job_id, pause) values (new.job_id, new.run_after - now());"
            "new.run_after := new.run_after + interval '1 day'; return new; end $$;"
            "create trigger lengthen_pause before update on pcmirror.jobs for each row when "
            "(old.state = 'running' and new.state = 'queued' and new.run_after > now()) "
            "execute function public.lengthen_pause()"
        );
    }
};

} // namespace pcmirror::testing
