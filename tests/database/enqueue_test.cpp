#include "schema/operation_catalogue.hpp"
#include "sync/write/operation_store.hpp"
#include "tests/support/end_session.hpp"
#include "tests/support/mirror_fixture.hpp"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace pcmirror::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string contoso = guid(1);
const std::string user = guid(7);

// What may be queued, and what the refusal says.

class Enqueue : public MirrorFixture {
  protected:
    Enqueue() {
        add_customers({contoso});
        allow({});
    }

    void allow(std::vector<std::string> names) {
        const AllowedOperations allowed(std::move(names));
        pool_.run_now("writing the operations", [&](pqxx::connection& connection) {
            pqxx::work work(connection);
            write_operations(work, operation_catalogue(), allowed, session_.id());
            work.commit();
        });
    }

    [[nodiscard]] long long enqueue(
        const std::string& operation,
        const json& payload,
        const std::string& more = "",
        const std::string& customer = contoso
    ) const {
        const std::string whose = customer.empty() ? "null" : "'" + customer + "'";
        return database_.number(fmt::format(
            "select pcmirror.enqueue_job('{}', {}, $json${}$json${})",
            operation,
            whose,
            payload.dump(),
            more
        ));
    }

    /// What it says instead of queueing; empty: it queued.
    [[nodiscard]] std::string refusal(
        const std::string& operation,
        const json& payload,
        const std::string& more = "",
        const std::string& customer = contoso
    ) const {
        try {
            static_cast<void>(enqueue(operation, payload, more, customer));
            return "";
        } catch (const std::exception& error) {
            return error.what();
        }
    }

    /// The same for a call that is spelt out.
    [[nodiscard]] std::string refused(const std::string& call) const {
        try {
            database_.execute(call);
            return "";
        } catch (const std::exception& error) {
            return error.what();
        }
    }

    static std::string upper(std::string text) {
        std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::toupper(c); });
        return text;
    }

    static json rename() { return {{"user_id", user}, {"display_name", "Ada"}}; }
};

TEST_F(Enqueue, IsAllowedByDaemonsThatAgreeAndTheDeadHaveNoSay) {
    database_.execute("insert into pcmirror.daemons (pid, host, version, kind, operations) values "
                      "(1, 'other', '1', 'run', 'others')");
    EXPECT_NO_THROW(allow({"update_user"}));

    DaemonSession other(database_.secret_url(), "run");
    const std::int64_t id = other.renew();
    database_.execute(
        fmt::format("update pcmirror.daemons set operations = 'others' where daemon_id = {}", id)
    );
    try {
        allow({"update_user"});
        ADD_FAILURE() << "it allows what another daemon does not";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("another daemon (process "));
    }
    // What it allows goes on under its next id.
    testing::end_session_of(database_, id);
    static_cast<void>(other.renew());
    EXPECT_THROW(allow({"update_user"}), Error);
}

TEST_F(Enqueue, KeepsWhatWasAskedForAndWho) {
    const long long job = enqueue("update_user", rename(), ", 'ticket-1', now(), 5");
    EXPECT_EQ(
        *database_.value(
            "select concat_ws(' ', operation, customer_id, idempotency_key, priority, state, "
            "attempts, created_by = session_user) from pcmirror.write_jobs where job_id = " +
            std::to_string(job)
        ),
        "update_user " + contoso + " ticket-1 5 queued 0 t"
    );
}

TEST_F(Enqueue, SaysAllThatIsWrongWithAPayload) {
    const std::string said =
        refusal("update_user", {{"user_id", "x"}, {"display_nam", "A"}, {"first_name", 5}});
    for (const char* part :
         {"update_user: ",
          "user_id must be a GUID",
          "first_name must be a text",
          "unknown field display_nam"})
        EXPECT_THAT(said, HasSubstr(part));
}

TEST_F(Enqueue, LooksIntoNestedFieldsAndLists) {
    EXPECT_THAT(
        refusal(
            "assign_licenses", {{"user_id", user}, {"licenses_to_assign", {{{"sku", "x"}}, 3}}}
        ),
        ::testing::AllOf(
            HasSubstr("unknown field licenses_to_assign[0].sku"),
            HasSubstr("licenses_to_assign[0].sku_id is missing"),
            HasSubstr("licenses_to_assign[1] must be an object")
        )
    );
    EXPECT_THAT(
        refusal(
            "create_customer",
            {{"company_profile", {{"domain", "a.onmicrosoft.com"}}},
             {"billing_profile", {{"email", "e"}}}},
            "",
            ""
        ),
        HasSubstr("billing_profile.default_address is missing")
    );
}

TEST_F(Enqueue, WantsSomethingToChange) {
    EXPECT_THAT(refusal("update_user", {{"user_id", user}}), HasSubstr("at least one of these"));
    EXPECT_THAT(
        refusal("update_user", {{"user_principal_name", "a@b.c"}}),
        HasSubstr("at least one of these")
    ) << "the name says who it is";
    EXPECT_EQ(refusal("update_user", {{"user_principal_name", "a@b.c"}, {"first_name", "A"}}), "");
}

TEST_F(Enqueue, RefusesWhatIsNoOperationOrNotOfACustomer) {
    EXPECT_THAT(refusal("rename_user", rename()), HasSubstr("unknown operation \"rename_user\""));
    EXPECT_THAT(refusal("update_user", rename(), "", ""), HasSubstr("customer_id is missing"));
    EXPECT_THAT(
        refusal("update_user", rename(), "", guid(99)),
        HasSubstr("customer " + guid(99) + " is not mirrored")
    );
    EXPECT_THAT(refusal("update_user", json::array()), HasSubstr("must be a JSON object"));
}

TEST_F(Enqueue, RefusesWhatMaySpendMoneyUnlessItIsNamed) {
    const json seats = {{"subscription_id", "s-1"}, {"quantity", 5}};
    const json active = {{"subscription_id", "s-1"}, {"status", "Active"}};
    EXPECT_THAT(refusal("update_subscription", seats), HasSubstr("update_subscription.quantity"));
    EXPECT_THAT(refusal("update_subscription", active), HasSubstr("update_subscription.status"));
    EXPECT_EQ(
        refusal("update_subscription", {{"subscription_id", "s-1"}, {"status", "suspended"}}), ""
    );
    EXPECT_THAT(
        refusal("update_order_billing_cycle", {{"order_id", "o-1"}, {"billing_cycle", "monthly"}}),
        HasSubstr("is not allowed")
    );

    allow({"update_subscription.quantity"});
    EXPECT_EQ(refusal("update_subscription", seats), "");
    EXPECT_THAT(refusal("update_subscription", active), HasSubstr("is not allowed"));
    EXPECT_THAT(refusal("update_user", rename()), HasSubstr("is not allowed"));
}

TEST_F(Enqueue, NamesMoneyOnlyWhereItIsTheReason) {
    const std::string money = "since it may spend money";
    const auto named = [](const char* field, const json& value) {
        return json{{"subscription_id", "s-1"}, {field, value}};
    };
    allow({"update_user", "update_subscription.quantity"});
    const std::string name = refusal("update_subscription", named("friendly_name", "Office"));
    EXPECT_THAT(name, HasSubstr("friendly_name is not allowed"));
    EXPECT_THAT(name, Not(HasSubstr(money)));
    EXPECT_THAT(
        refusal("update_subscription", named("status", "suspended")), Not(HasSubstr(money))
    );
    EXPECT_THAT(refusal("update_subscription", named("status", "active")), HasSubstr(money));

    allow({"update_user"});
    EXPECT_THAT(
        refusal("update_subscription", named("friendly_name", "Office")), Not(HasSubstr(money))
    ) << "most of what it can do is free";
    EXPECT_THAT(
        refusal("update_order_billing_cycle", {{"order_id", "o-1"}, {"billing_cycle", "monthly"}}),
        HasSubstr(money)
    );
}

TEST_F(Enqueue, RefusesTheMaskInPlaceOfASecret) {
    EXPECT_THAT(
        refusal("reset_user_password", {{"user_id", user}, {"password", "***"}}),
        HasSubstr("password is \"***\", which only stands for it")
    );
}

TEST_F(Enqueue, SaysWhatOfTheCallIsMissing) {
    EXPECT_THAT(
        refused("select pcmirror.enqueue_job(null)"), HasSubstr("the operation is missing")
    );
    EXPECT_THAT(
        refusal("update_user", rename(), ", run_after => 'infinity'"),
        HasSubstr("update_user: run_after must be a time")
    );
    EXPECT_THAT(
        refusal("update_user", rename(), ", priority => null"),
        HasSubstr("update_user: priority must have a value")
    );
}

TEST_F(Enqueue, SaysOfNothingThatItIsBlockedBeforeItsTime) {
    database_.execute(
        "update pcmirror.jobs set begun = true where job_id = " +
        std::to_string(enqueue("update_user", rename()))
    );
    static_cast<void>(enqueue("update_user", rename()));
    static_cast<void>(enqueue("update_user", rename(), ", run_after => now() + interval '1 day'"));
    EXPECT_EQ(
        *database_.value("select string_agg(coalesce(blocked_by::text, '-'), ' ' order by job_id) "
                         "from pcmirror.write_jobs"),
        "- 1 -"
    );
}

TEST_F(Enqueue, ReturnsTheFirstJobOfAKeyAndRefusesAnotherOne) {
    const long long first = enqueue("update_user", rename(), ", 'k'");
    EXPECT_EQ(enqueue("update_user", rename(), ", 'k'"), first);
    json other = rename();
    other["display_name"] = "Eve";
    EXPECT_THAT(
        refusal("update_user", other, ", 'k'"), HasSubstr("belongs to job " + std::to_string(first))
    );
    EXPECT_EQ(database_.number("select count(*) from pcmirror.jobs"), 1);
}

TEST_F(Enqueue, KeepsSecretsApart) {
    const json payload = {
        {"user_principal_name", "a@b.c"},
        {"display_name", "A"},
        {"usage_location", "FR"},
        {"password", "Geheim4711*"}};
    static_cast<void>(enqueue("create_user", payload, ", 'k'"));
    EXPECT_EQ(
        database_.number("select count(*) from pcmirror.jobs j where j::text like '%Geheim%'"), 0
    );
    EXPECT_EQ(*database_.value("select value from pcmirror.job_secrets"), "Geheim4711*");
    json other = payload;
    other["password"] = "Another4711*";
    EXPECT_THAT(refusal("create_user", other, ", 'k'"), HasSubstr("differ"));
}

TEST_F(Enqueue, TakesExpectationsOfWhatCanBeRead) {
    json payload = rename();
    payload["expect"] = {{"display_name", "old"}};
    EXPECT_EQ(refusal("update_user", payload), "");
    payload["expect"] = {{"password", "x"}};
    EXPECT_THAT(refusal("update_user", payload), HasSubstr("expect: unknown field \"password\""));
}

TEST_F(Enqueue, CancelsWhatHasNotLeftAndTriesAgainWhatEnded) {
    const std::string job = std::to_string(enqueue("update_user", rename()));
    EXPECT_EQ(*database_.value("select pcmirror.cancel_job(" + job + ")"), "cancelled");
    EXPECT_THROW(database_.execute("select pcmirror.cancel_job(" + job + ")"), std::exception);
    database_.execute("select pcmirror.retry_job(" + job + ")");
    EXPECT_EQ(
        *database_.value("select state || coalesce(last_error, '') from pcmirror.write_jobs"),
        "queued"
    );
}

TEST_F(Enqueue, RefusesWhatNamesTheThingOfAnotherCustomer) {
    const std::string partner = guid(99);
    const auto refused = [&](const std::string& id) {
        return refusal("delete_self_serve_policy", {{"policy_id", id}});
    };
    EXPECT_EQ(refused(partner + "_" + contoso), "");
    EXPECT_EQ(refused(partner + "_" + upper(contoso)), "");
    for (const std::string& id : {partner + "_" + guid(2), std::string("p")})
        EXPECT_THAT(
            refused(id),
            HasSubstr("delete_self_serve_policy: policy_id must end in the customer's id")
        );
}

TEST_F(Enqueue, SaysHowAJobIsQueuedAnewWhoseSecretsAreWiped) {
    const json reset = {{"user_id", user}, {"password", "Geheim4711"}};
    const auto retry = [&](const std::string& key) {
        const std::string job =
            std::to_string(enqueue("reset_user_password", reset, ", '" + key + "'"));
        database_.execute("select pcmirror.cancel_job(" + job + ")");
        return *database_.value(
            "select (select message || ' ' || hint from public.trouble_of('select "
            "pcmirror.retry_job(" +
            job + ")'))"
        );
    };
    database_.execute(
        "create function public.trouble_of(sql text, out message text, out hint text) "
        "language plpgsql as $$ begin execute sql; exception when others then "
        "get stacked diagnostics message = message_text, hint = pg_exception_hint; "
        "end $$"
    );
    EXPECT_THAT(retry("ticket-1"), HasSubstr("Queue it anew, under another idempotency key."));
}

} // namespace
} // namespace pcmirror::testing
