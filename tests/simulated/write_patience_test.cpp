#include "tests/simulated/write_jobs.hpp"

namespace pcmirror::testing {
namespace {

/// A database that for once refuses to write down what was answered.
class WritePatience : public WriteJobs {
  protected:
    void refuse_once(const std::string& sqlstate) const {
        database_.execute(
            "drop trigger if exists refuse_once on pcmirror.jobs;"
            "drop sequence if exists public.refused; create sequence public.refused;"
            "create or replace function public.refuse_once() returns trigger language plpgsql as $$"
            " begin if nextval('public.refused') = 1 then raise exception 'refused' using errcode "
            "= '" +
            sqlstate +
            "'; end if; return new; end $$;"
            "create trigger refuse_once before update on pcmirror.jobs for each row "
            "when (old.answered_at is null and new.answered_at is not null) "
            "execute function public.refuse_once()"
        );
    }
};

TEST_F(WritePatience, KeepsAnAnswerWholeUntilTheDatabaseTakesIt) {
    writable_world();
    // Full, a standby while it takes over, a lock, a time limit.
    for (const char* sqlstate : {"53100", "25006", "55P03", "57014"}) {
        SCOPED_TRACE(sqlstate);
        refuse_once(sqlstate);
        const long long job =
            enqueue("update_spending_budget", {{"amount", 5}}, customer_with_users());
        engine().work_jobs();
        EXPECT_EQ(database_.number("select last_value from public.refused"), 2);
        expect_succeeded(job);
        EXPECT_TRUE(field(job, "response")) << "nothing of the answer was given up";
        EXPECT_EQ(field(job, "attempts"), "1");
    }
}

TEST_F(WritePatience, OwesTheReadingOfAUserWhoseLicensesItRefusesToWrite) {
    writable_world();
    const auto license = database_.rows("select customer_id::text, user_id::text, sku_id from "
                                        "partner_center.user_licenses order by 1, 2, 3 limit 1");
    const std::string user = license.at(0)[1].value();
    database_.execute("create function public.refuse() returns trigger language plpgsql as $$ "
                      "begin raise exception 'refused' using errcode = '23514'; end $$;"
                      "create trigger refuse before delete on partner_center.user_licenses "
                      "for each row execute function public.refuse()");
    const long long job = enqueue(
        "assign_licenses",
        {{"user_id", user}, {"licenses_to_remove", {*license[0][2]}}},
        license[0][0].value()
    );
    engine().work_jobs();
    EXPECT_EQ(field(job, "state"), "succeeded") << field(job, "last_error").value_or("");
    EXPECT_EQ(field(job, "confirmed"), "false");
    EXPECT_EQ(rows("pcmirror.owed_reads", "row_id = '" + user + "'"), 1);
    EXPECT_EQ(scope("last_attempt_at", "user_licenses", *license[0][0]), "NULL");

    database_.execute("drop trigger refuse on partner_center.user_licenses");
    engine().pass("user_licenses");
    expect_mirror_shows_world();
}

} // namespace
} // namespace pcmirror::testing
