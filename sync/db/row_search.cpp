#include "sync/db/row_search.hpp"

#include "migrations/libpqxx.hpp"
#include "migrations/migrate.hpp"
#include "schema/catalogue.hpp"
#include "schema/sql_reads.hpp"
#include "sync/db/arrays.hpp"
#include "sync/db/search_steps.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace pcmirror {
namespace {

// The customer is locked, so that whoever adds rows to it right now either is done, or sees that
// it has to tell of them.
constexpr const char* lock_customer_sql =
    "select from partner_center.customers where customer_id = $1::uuid for update";

constexpr const char* is_known_sql =
    "select from pcmirror.row_reads where customer_id = $1::uuid and resource = $2";

constexpr const char* make_known_sql = R"(
insert into pcmirror.row_reads (customer_id, resource, outer_table) values ($1::uuid, $2, $3)
on conflict do nothing)";

constexpr const char* place_sql = R"(
select coalesce(k.whole, true), coalesce(k.read_to, ''),
    extract(epoch from coalesce(k.rolled_at, now()))::double precision,
    coalesce(k.hunt_class, -1), coalesce(k.hunt_to, ''), coalesce(k.hunted::text, ''),
    k.agreed is not null, coalesce(k.agreed::text, ''),
    coalesce(k.expected::text, ''), coalesce(k.expected_until <= now(), false),
    extract(epoch from now())::double precision,
    coalesce(extract(epoch from k.applied_at), 0)::double precision,
    coalesce(extract(epoch from k.whole_read_at), 0)::double precision
from (values (1)) as one (row)
left join pcmirror.row_reads k on k.customer_id = $1::uuid and k.resource = $2)";

constexpr const char* settle_sql = R"(
update pcmirror.row_reads k
set whole = $3::boolean, read_to = nullif($4, ''), rolled_at = to_timestamp($5::double precision),
    agreed = coalesce(nullif($6, ''), '{}')::jsonb, expected = nullif($7, '')::jsonb,
    expected_until = case when nullif($7, '')::jsonb is not distinct from k.expected
                          then k.expected_until else now() + interval '3 hours' end,
    whole_read_at = case when $10::boolean then now() else k.whole_read_at end,
    hunt_class = null, hunt_to = null, hunted = null
where k.customer_id = $1::uuid and k.resource = $2
    and exists (select from pcmirror.sync_scopes s
                where s.scope_id = $8::bigint and s.lease_token = $9::bigint
                    and s.lease_daemon is not null for update))";

/// Finds the next rows of one scope; lives for one `search_rows`. Read it from `next`
/// downwards.
class RowSearch {
  public:
    RowSearch(
        pqxx::connection& connection,
        const Resource& resource,
        const Lease& lease,
        RowProgress& progress,
        const RowReadOptions& options
    )
        : connection_(connection), resource_(resource), lease_(lease), progress_(progress),
          options_(options), sql_(resource) {}

    std::optional<RowPortion> next() {
        if (!progress_.open && !options_.dry_run)
            make_known();
        pqxx::work work(connection_);
        work_ = &work;
        hold_schema(work);
        if (!progress_.open)
            open();
        if (progress_.blocked.empty())
            choose();
        work.commit();
        if (empty())
            return std::nullopt;
        portion_.place = progress_.place;
        portion_.number = ++progress_.portions;
        return std::move(portion_);
    }

  private:
    /// What was never asked comes before what could not be read.
    void choose() {
        take_owed(false);
        if (empty())
            take_turns();
        if (empty())
            take_owed(true);
        if (empty() && resource_.earned != nullptr)
            take_suspects();
        else if (empty() && progress_.place.whole_read)
            settle();
    }

    [[nodiscard]] bool empty() const {
        return portion_.rows.empty() && portion_.gone.empty() && portion_.owed.empty();
    }

    [[nodiscard]] std::string name() const { return std::string(resource_.name); }

    template <typename... Values> pqxx::result ask(const std::string& sql, const Values&... more) {
        return exec_bound(*work_, sql, lease_.customer_id, more...);
    }

    void make_known() {
        pqxx::work work(connection_);
        const std::string& customer = lease_.customer_id;
        if (exec_bound(work, is_known_sql, customer, name()).empty()) {
            const std::string outer(resource_.per_row_of->name);
            if (!exec_bound(work, lock_customer_sql, customer).empty())
                exec_bound(work, make_known_sql, customer, name(), outer);
        }
        work.commit();
    }

    void open() {
        progress_.open = true;
        const pqxx::result outer = ask(sql_.outer_scope());
        const std::string whose(resource_.per_row_of->name);
        progress_.refused = !outer.empty() && outer[0][0].as<std::string>() == "refused";
        if (progress_.refused)
            progress_.blocked = whose + " are refused: " + outer[0][2].c_str();
        else if (outer.empty() || outer[0][1].is_null())
            progress_.blocked =
                whose + " of this customer were not read yet: pcmirror sync " + whose;
        if (!progress_.blocked.empty() && !options_.dry_run)
            return;
        progress_.blocked.clear();
        open_place();
    }

    void open_place() {
        const pqxx::result found = ask(place_sql, name());
        const pqxx::row row = found[0];
        RowPlace& place = progress_.place;
        place.whole = row[0].as<bool>();
        place.read_to = row[1].c_str();
        place.rolled_at = row[2].as<double>();
        place.hunt_class = row[3].as<int>();
        place.hunt_to = row[4].c_str();
        place.hunted = row[5].c_str();
        progress_.counted = row[6].as<bool>();
        progress_.usual = read_differences(row[7].c_str());
        progress_.expected = read_differences(row[8].c_str());
        progress_.now = row[10].as<double>();
        progress_.applied_at = row[11].as<double>();
        progress_.whole_read_at = row[12].as<double>();
        // What this pass owes itself is left to the next one.
        progress_.owed_last = ask(sql_.last_owed(), name())[0][0].as<std::int64_t>();
        progress_.rows = ask(sql_.count_outer())[0][0].as<std::uint64_t>();
        if (resource_.earned != nullptr)
            progress_.before = differences(&progress_.counts);
        if (row[9].as<bool>())
            take_expected_as_usual();
        begin_whole_reading();
        if (!progress_.all)
            begin_rolling();
    }

    /// Counters that have not followed for hours won't: what we found is right, and so are they.
    void take_expected_as_usual() {
        for (const auto& [counted, difference] : progress_.expected) {
            const auto now = progress_.before->find(counted);
            const long long known = usual_of(progress_.usual, counted);
            // More than is mirrored: somebody has what we have not seen, and is searched for.
            if (now != progress_.before->end() && now->second == difference && difference < known)
                progress_.usual[counted] = difference;
        }
        progress_.expected.clear();
        progress_.unsettled = true;
    }

    void begin_whole_reading() {
        RowPlace& place = progress_.place;
        const bool described_anew =
            lease_.fingerprint != 0 && lease_.fingerprint != fingerprint(resource_);
        const bool anew = (options_.full && !goes_on()) || described_anew ||
                          (resource_.earned == nullptr && !place.whole);
        if (anew)
            place = RowPlace{.whole = true, .rolled_at = progress_.now};
        progress_.all = place.whole;
    }

    /// Whether a reading of all rows is under way, or has come to its end, recently enough.
    [[nodiscard]] bool goes_on() const {
        if (!options_.max_age)
            return false;
        const double last = progress_.place.whole ? progress_.applied_at : progress_.whole_read_at;
        return std::chrono::duration<double>(progress_.now - last) < *options_.max_age;
    }

    /// By elapsed time and place in the order, so that each slice has its share of rows whatever
    /// their ids are, and a restart changes nothing.
    void begin_rolling() {
        progress_.period = rolling_period(options_);
        RowPlace& place = progress_.place;
        const double elapsed = std::clamp(progress_.now - place.rolled_at, 0.0, progress_.period);
        place.rolled_at = progress_.now - elapsed;
        progress_.due = static_cast<std::uint64_t>(
            static_cast<double>(progress_.rows) * elapsed / progress_.period
        );
    }

    void add(std::string id, bool dormant) {
        if (taken_.insert(id).second)
            portion_.rows.push_back({std::move(id), dormant});
    }

    /// Rows of which somebody said that they are to be asked, or those that could not be read.
    void take_owed(bool again) {
        std::int64_t& taken_to = again ? progress_.again_to : progress_.owed_to;
        portion_.chosen = again ? Chosen::again : Chosen::owed;
        if (taken_to >= progress_.owed_last)
            return;
        for (const auto& row :
             ask(sql_.owed_rows(),
                 name(),
                 taken_to,
                 progress_.owed_last,
                 static_cast<int>(portion_rows),
                 again,
                 options_.allow_deletes)) {
            taken_to = row[0].as<std::int64_t>();
            // What is held stays owed until it is read.
            if (!row[4].as<bool>())
                portion_.owed.push_back(taken_to);
            if (row[2].as<bool>())
                add(row[1].c_str(), row[3].as<bool>());
            else if (taken_.insert(row[1].c_str()).second)
                portion_.gone.emplace_back(row[1].c_str());
        }
    }

    /// The rows whose turn it is: all of them, or a slice of the rolling re-read.
    void take_turns() {
        bool came_round = false;
        portion_.chosen = progress_.all ? Chosen::all : Chosen::in_turn;
        while (portion_.rows.size() < portion_rows) {
            const std::uint64_t room = portion_rows - portion_.rows.size();
            const std::uint64_t wanted = progress_.all ? room : std::min(progress_.due, room);
            if (wanted == 0)
                return;
            const std::uint64_t got = take_after_place(wanted);
            if (got == wanted)
                continue;
            // The last row is behind us.
            progress_.place.read_to.clear();
            if (progress_.all)
                end_whole_reading();
            else if (came_round)
                progress_.due = 0;
            came_round = true;
        }
    }

    std::uint64_t take_after_place(std::uint64_t wanted) {
        RowPlace& place = progress_.place;
        const pqxx::result rows =
            place.read_to.empty()
                ? ask(sql_.first_rows(), static_cast<long long>(wanted))
                : ask(sql_.rows_after(), static_cast<long long>(wanted), place.read_to);
        for (const auto& row : rows) {
            place.read_to = row[0].c_str();
            add(row[0].c_str(), row[1].as<bool>());
        }
        const auto got = static_cast<std::uint64_t>(rows.size());
        if (!progress_.all) {
            progress_.due -= got;
            place.rolled_at += static_cast<double>(got) * progress_.period /
                               static_cast<double>(std::max<std::uint64_t>(progress_.rows, 1));
        }
        return got;
    }

    void end_whole_reading() {
        progress_.all = false;
        progress_.place.whole = false;
        progress_.place.whole_read = true;
    }

    /// Count less mirrored rows, and the counts themselves.
    Differences differences(Differences* counts) {
        Differences found;
        for (const auto& row :
             ask(sql_.differences(), name(), to_json(sum_of(progress_.findings)), held())) {
            found[row[0].c_str()] = closest_to_usual(
                usual_of(progress_.usual, row[0].c_str()),
                row[1].as<long long>(),
                row[3].as<long long>()
            );
            (*counts)[row[0].c_str()] = row[2].as<long long>();
        }
        return found;
    }

    /// Of a dry run, whose portions leave nothing in the tables.
    [[nodiscard]] std::string held() const { return held_to_json(progress_.held); }

    /// Counters that moved since the pass began with the scope, sorted.
    [[nodiscard]] std::vector<std::string> moved(const Differences& counts) const {
        std::vector<std::string> moved;
        for (const auto& [counted, count] : counts) {
            const auto before = progress_.counts.find(counted);
            if (before == progress_.counts.end() || before->second != count)
                moved.push_back(counted);
        }
        return moved;
    }

    /// Rows that may be behind what the counters say. Ends the scope when these agree, or when
    /// nobody is left to be asked.
    void take_suspects() {
        portion_.chosen = Chosen::suspects;
        // Before the first portion they are what they were a moment ago.
        const bool moved_on = progress_.portions > 0;
        Differences counts = progress_.counts;
        const Differences now = moved_on ? differences(&counts) : *progress_.before;
        if (progress_.place.whole_read || !progress_.counted) {
            take_as_usual(now);
            progress_.expected.clear();
            settle();
            return;
        }
        const Deviation before =
            deviation_of(*progress_.before, progress_.usual, progress_.expected);
        const Deviation wanted =
            lasting(before, deviation_of(now, progress_.usual, progress_.expected));
        const Differences expected =
            expected_after(now, progress_.usual, progress_.expected, before, moved(counts));
        if (wanted.empty()) {
            if (expected == progress_.expected && progress_.place.hunted.empty() &&
                !progress_.unsettled)
                return;
            progress_.expected = expected;
            settle();
        } else if (progress_.hunted < hunt_limit && !take_likely(wanted, now)) {
            for (const std::string& counted : wanted.counters())
                progress_.usual[counted] = now.at(counted);
            progress_.expected = expected;
            settle();
        }
    }

    /// After all rows were read. But what that very reading took away although it is still counted
    /// is searched once more.
    void take_as_usual(const Differences& now) {
        const Differences before = std::exchange(progress_.usual, now);
        if (!progress_.counted)
            return;
        for (const std::string& risen : deviation_of(now, before, {}).risen) {
            const bool was_so =
                progress_.before->contains(risen) && progress_.before->at(risen) >= now.at(risen);
            if (!was_so)
                progress_.usual[risen] = usual_of(before, risen);
        }
    }

    bool take_likely(const Deviation& wanted, const Differences& now) {
        for (const std::string& fallen : wanted.fallen)
            portion_.foretold += static_cast<std::uint64_t>(
                std::max(0LL, usual_of(progress_.usual, fallen) - now.at(fallen))
            );
        RowPlace& place = progress_.place;
        const auto room = static_cast<long long>(next_search_step(progress_.hunted));
        const std::string risen = text_array(wanted.risen);
        const std::string fallen = text_array(wanted.fallen);
        begin_search(wanted);
        if (!std::exchange(progress_.changed_asked, true) && take_changed(risen, fallen))
            return true;
        // Of rows that were asked as changed ones this passes some again.
        while (portion_.rows.empty()) {
            const pqxx::result rows = next_suspects(risen, fallen, room);
            if (rows.empty())
                return false;
            for (const auto& row : rows) {
                add(row[0].c_str(), row[1].as<bool>());
                place.hunt_class = row[2].as<int>();
                place.hunt_to = row[0].c_str();
            }
        }
        progress_.hunted += portion_.rows.size();
        return true;
    }

    pqxx::result
    next_suspects(const std::string& risen, const std::string& fallen, long long room) {
        const RowPlace& place = progress_.place;
        const bool all = progress_.changed_cut;
        if (place.hunt_class < 0)
            return ask(sql_.suspects(), name(), risen, fallen, held(), room, all);
        return ask(
            sql_.suspects_after(),
            name(),
            risen,
            fallen,
            held(),
            room,
            all,
            place.hunt_class,
            place.hunt_to
        );
    }

    /// A search that another counter joins begins anew: it has passed rows that may be behind that.
    void begin_search(const Deviation& wanted) {
        RowPlace& place = progress_.place;
        const std::vector<std::string> hunted = wanted.counters();
        if (!std::ranges::includes(read_counters(place.hunted), hunted)) {
            place.hunt_class = -1;
            place.hunt_to.clear();
        }
        place.hunted = counters_to_json(hunted);
    }

    /// What changed since the last pass is asked in each, whatever the search has passed. Where so
    /// much changed that it tells nothing, the rest of it is searched like all others.
    bool take_changed(const std::string& risen, const std::string& fallen) {
        const auto room = static_cast<long long>(longest_hunt);
        for (const auto& row : ask(sql_.changed_suspects(), name(), risen, fallen, held(), room))
            add(row[0].c_str(), row[1].as<bool>());
        progress_.changed_cut = portion_.rows.size() >= longest_hunt;
        progress_.hunted += portion_.rows.size();
        return !portion_.rows.empty();
    }

    /// Writes what the counters usually say from now on; a search that went on is over.
    void settle() {
        RowPlace& place = progress_.place;
        place.hunt_class = -1;
        place.hunt_to.clear();
        place.hunted.clear();
        const bool whole = std::exchange(place.whole_read, false);
        progress_.unsettled = false;
        progress_.counted = true;
        std::erase_if(progress_.usual, [](const auto& one) { return one.second == 0; });
        if (options_.dry_run)
            return;
        ask(settle_sql,
            name(),
            place.whole,
            place.read_to,
            place.rolled_at,
            to_json(progress_.usual),
            to_json(progress_.expected),
            lease_.scope_id,
            lease_.token,
            whole);
        if (whole)
            ask(sql_.recount(), lease_.scope_id, lease_.token);
    }

    pqxx::connection& connection_;
    const Resource& resource_;
    const Lease& lease_;
    RowProgress& progress_;
    const RowReadOptions& options_;
    sql::RowReads sql_;
    pqxx::work* work_ = nullptr;
    RowPortion portion_;
    std::set<std::string> taken_;
};

} // namespace

std::optional<RowPortion> search_rows(
    pqxx::connection& connection,
    const Resource& resource,
    const Lease& lease,
    RowProgress& progress,
    const RowReadOptions& options
) {
    return RowSearch(connection, resource, lease, progress, options).next();
}

} // namespace pcmirror
