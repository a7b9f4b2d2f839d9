#include "schema/catalogue.hpp"
#include "schema/sql.hpp"
#include "schema/well_formed.hpp"
#include "tests/places/places.hpp"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <unistd.h>

namespace pcmirror {
namespace {

constexpr Column good_columns[] = {
    {Role::key, "customer_id", Type::uuid, item("/id"), "id"},
    {Role::optional, "name", Type::text, item("/name"), "name"},
};
constexpr Table good_tables[] = {{"parents", "parents", good_columns}};
constexpr Listing good_listings[] = {{"", "/v1/parents", ""}};
constexpr Resource parents = {
    .name = "parents",
    .comment = "parents",
    .tables = good_tables,
    .listings = good_listings,
    .source = "a-page",
};

constexpr Column child_columns[] = {
    {Role::key, "customer_id", Type::uuid, scope_customer(), "customer"},
    {Role::key, "child_id", Type::text, item("/id"), "id"},
};
constexpr Table child_tables[] = {{"children", "children", child_columns}};
constexpr Listing child_listings[] = {{"", "/v1/parents/{customer_id}/children", ""}};
constexpr Resource children = {
    .name = "children",
    .comment = "children",
    .parent = &parents,
    .tables = child_tables,
    .listings = child_listings,
    .source = "a-page",
};

constexpr std::string_view flaw_alone(const Resource& resource) {
    const std::array<const Resource*, 1> list{&resource};
    return flaw_in(list);
}

constexpr Resource with_columns(std::span<const Table> tables) {
    Resource resource = parents;
    resource.tables = tables;
    return resource;
}

// Each mistake is found while compiling: these lists would stop a build if they were shipped.

constexpr std::array<const Resource*, 2> in_order{&parents, &children};
static_assert(flaw_in(in_order).empty());

constexpr std::array<const Resource*, 2> child_first{&children, &parents};
static_assert(flaw_in(child_first) == "a parent comes before its children");

constexpr std::array<const Resource*, 2> twice{&parents, &parents};
static_assert(flaw_in(twice) == "two resources have one name");

constexpr Column no_key_columns[] = {{Role::optional, "name", Type::text, item("/name"), "name"}};
constexpr Table no_key[] = {{"parents", "parents", no_key_columns}};
static_assert(flaw_alone(with_columns(no_key)) == "a table needs a key column");

constexpr Column same_name_columns[] = {
    {Role::key, "id", Type::text, item("/id"), "id"},
    {Role::optional, "id", Type::text, item("/other"), "id again"},
};
constexpr Table same_name[] = {{"parents", "parents", same_name_columns}};
static_assert(flaw_alone(with_columns(same_name)) == "two columns of a table have one name");

constexpr Column bad_path_columns[] = {{Role::key, "id", Type::text, item("id"), "id"}};
constexpr Table bad_path[] = {{"parents", "parents", bad_path_columns}};
static_assert(
    flaw_alone(with_columns(bad_path)) ==
    "a column's path must be a JSON pointer such as /companyProfile/domain"
);

constexpr Column no_comment_columns[] = {{Role::key, "id", Type::text, item("/id"), ""}};
constexpr Table no_comment[] = {{"parents", "parents", no_comment_columns}};
static_assert(flaw_alone(with_columns(no_comment)) == "a column needs a comment");

constexpr Column sorted_text_columns[] = {
    {Role::key, "id", Type::text, item("/id"), "id", sorted},
};
constexpr Table sorted_text[] = {{"parents", "parents", sorted_text_columns}};
static_assert(flaw_alone(with_columns(sorted_text)) == "only an array column can be sorted");

constexpr Column scope_columns[] = {{Role::key, "customer_id", Type::uuid, scope_customer(), "id"}};
constexpr Table scope_table[] = {{"parents", "parents", scope_columns}};
static_assert(
    flaw_alone(with_columns(scope_table)) ==
    "a partner-wide resource has no customer to take a column from"
);

constexpr Column late_key_columns[] = {
    {Role::key, "id", Type::text, item("/id"), "id"},
    {Role::optional, "name", Type::text, item("/name"), "name"},
    {Role::key, "number", Type::integer, item("/number"), "number"},
};
constexpr Table late_key[] = {{"parents", "parents", late_key_columns}};
static_assert(flaw_alone(with_columns(late_key)) == "key columns come first");

constexpr Table nested_without_key[] = {
    {"parents", "parents", good_columns},
    {"lines", "lines", good_columns, "/lines"},
};
static_assert(
    flaw_alone(with_columns(nested_without_key)) == "a nested table needs a key column of its own"
);

constexpr Listing unknown_placeholder[] = {{"", "/v1/parents/{parent_id}", ""}};

constexpr Resource with_listing(std::span<const Listing> listings) {
    Resource resource = parents;
    resource.listings = listings;
    return resource;
}

static_assert(
    flaw_alone(with_listing(unknown_placeholder)) ==
    "a placeholder in a path names no column that could fill it"
);

// What is read row by row begins with the key of the row.

constexpr Column page_columns[] = {
    {Role::key, "customer_id", Type::uuid, scope_customer(), "customer"},
    {Role::key, "child_id", Type::text, outer("child_id"), "child"},
    {Role::key, "number", Type::integer, item("/number"), "number"},
};
constexpr Table page_tables[] = {{"leaves", "leaves", page_columns}};
constexpr Listing page_listings[] = {
    {"", "/v1/parents/{customer_id}/children/{child_id}/leaves", ""}};

constexpr Resource leaves_of(std::span<const Table> tables) {
    Resource resource = children;
    resource.name = "leaves";
    resource.per_row_of = &children;
    resource.tables = tables;
    resource.listings = page_listings;
    return resource;
}

constexpr Resource leaves = leaves_of(page_tables);
constexpr std::array<const Resource*, 3> row_by_row{&parents, &children, &leaves};
static_assert(flaw_in(row_by_row).empty());

constexpr Column foreign_columns[] = {
    {Role::key, "customer_id", Type::uuid, scope_customer(), "customer"},
    {Role::key, "number", Type::integer, item("/number"), "number"},
};
constexpr Table foreign_tables[] = {{"leaves", "leaves", foreign_columns}};
constexpr Resource foreign_leaves = leaves_of(foreign_tables);
constexpr std::array<const Resource*, 3> foreign_key{&parents, &children, &foreign_leaves};
static_assert(
    flaw_in(foreign_key) == "the key of what is read per row goes on with the key of the row"
);

constexpr EarnedReads misspelt_counters = {
    .counters = &children,
    .counted_by = "number",
    .count = "seats",
    .uncounted = {"child_id", "x"},
    .dormant = {"child_id", "x"},
    .eligible_with = "child_id",
};

constexpr Resource earned_by(const EarnedReads& earned, bool full_every) {
    Resource resource = leaves;
    resource.earned = &earned;
    if (full_every)
        resource.full_every = std::chrono::hours(24);
    return resource;
}

constexpr Resource never_whole = earned_by(misspelt_counters, false);
constexpr std::array<const Resource*, 3> without_full_every{&parents, &children, &never_whole};
static_assert(
    flaw_in(without_full_every) == "only requests per row can be earned, and need full_every"
);

constexpr Resource badly_counted = earned_by(misspelt_counters, true);
constexpr std::array<const Resource*, 3> bad_counter{&parents, &children, &badly_counted};
static_assert(flaw_in(bad_counter) == "a counter's column does not exist");

constexpr EarnedReads counted_whole = {
    .counters = &children,
    .counted_by = "child_id",
    .count = "child_id",
    .uncounted = {"child_id", "x"},
    .dormant = {"child_id", "x"},
    .eligible_with = "child_id",
};
constexpr Resource not_counted_one_by_one = earned_by(counted_whole, true);
constexpr std::array<const Resource*, 3> counted_by_another{
    &parents, &children, &not_counted_one_by_one};
static_assert(flaw_in(counted_by_another) == "rows are counted by the last column of their key");

constexpr Listing two_unnamed[] = {{"", "/v1/a", ""}, {"", "/v1/b", ""}};
static_assert(flaw_alone(with_listing(two_unnamed)) == "two listings need names");

TEST(Catalogue, ListsCustomersBeforeWhatBelongsToThem) {
    EXPECT_EQ(catalogue().find("customers"), catalogue().customers());
    ASSERT_NE(catalogue().find("subscriptions"), nullptr);
    EXPECT_EQ(catalogue().find("subscriptions")->parent, catalogue().customers());
    EXPECT_EQ(catalogue().find("Customers"), nullptr);
}

TEST(Catalogue, FingerprintTellsDescriptionsApart) {
    EXPECT_NE(fingerprint(parents), fingerprint(children));
    Resource other = parents;
    EXPECT_EQ(fingerprint(parents), fingerprint(other));
    static constexpr Column more[] = {
        {Role::key, "customer_id", Type::uuid, item("/id"), "id"},
        {Role::optional, "name", Type::text, item("/name"), "name", empty_is_null},
    };
    static constexpr Table tables[] = {{"parents", "parents", more}};
    other.tables = tables;
    EXPECT_NE(fingerprint(parents), fingerprint(other)) << "a normalisation changes what is stored";
}

TEST(Catalogue, CommentsDontMakeDigestsWorthless) {
    static constexpr Column worded[] = {
        {Role::key, "customer_id", Type::uuid, item("/id"), "another comment"},
        {Role::optional, "name", Type::text, item("/name"), "name"},
    };
    static constexpr Table tables[] = {{"parents", "other words", worded}};
    Resource other = parents;
    other.tables = tables;
    EXPECT_EQ(fingerprint(parents), fingerprint(other));
}

TEST(Catalogue, AMistakeInADescriptionDoesNotCompile) {
    const auto folder = std::filesystem::temp_directory_path() /
                        ("pcmirror_well_formed_" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    const auto compiles = [&](std::string_view path) {
        const auto file = folder / "description.cpp";
        std::ofstream(file) << "#include \"schema/well_formed.hpp\"\n"
                               "using namespace pcmirror;\n"
                               "constexpr Column columns[] = {{Role::key, \"id\", Type::text, "
                               "item(\""
                            << path
                            << "\"), \"id\"}};\n"
                               "constexpr Table tables[] = {{\"things\", \"things\", columns}};\n"
                               "constexpr Listing listings[] = {{\"\", \"/v1/things\", \"\"}};\n"
                               "constexpr Resource things = {.name = \"things\", .comment = \"c\", "
                               ".tables = tables, .listings = listings, .source = \"page\"};\n"
                               "constexpr const Resource* list[] = {&things};\n"
                               "static_assert(flaw_in(list).empty());\n";
        const std::string command = std::string(places::compiler) + " -std=c++20 -fsyntax-only -I" +
                                    places::source() + " " + file.string() + " 2>/dev/null";
        return std::system(command.c_str()) == 0;
    };
    EXPECT_TRUE(compiles("/id"));
    EXPECT_FALSE(compiles("id"));
    std::filesystem::remove_all(folder);
}

TEST(Sql, DraftsATableWithKeyAndAddedColumns) {
    EXPECT_EQ(
        sql::draft_ddl(children),
        "create table partner_center.children (\n"
        "    customer_id uuid not null,\n"
        "    child_id text not null,\n"
        "    extra jsonb,\n"
        "    first_seen_at timestamptz not null default now(),\n"
        "    changed_at timestamptz not null default now(),\n"
        "    primary key (customer_id, child_id)\n"
        ");\n"
    );
}

TEST(Sql, QuotesCommentsThatHoldQuotes) {
    static constexpr Column worded[] = {
        {Role::key, "customer_id", Type::uuid, item("/id"), "the customer's id"},
    };
    static constexpr Table tables[] = {{"parents", "it's a table", worded}};
    Resource resource = parents;
    resource.tables = tables;
    const std::string text = sql::comments(resource);
    EXPECT_NE(text.find("is 'it''s a table';"), std::string::npos);
    EXPECT_NE(text.find("is 'the customer''s id';"), std::string::npos);
}

TEST(Sql, NeverUpsertsWithACondition) {
    // It would lock and log every row that it leaves alone.
    for (const Resource* resource : catalogue())
        for (const Table& table : resource->tables)
            EXPECT_EQ(
                sql::insert_rows(*resource, table, false).find("on conflict"), std::string::npos
            );
}

} // namespace
} // namespace pcmirror
