#include "schema/error.hpp"
#include "tests/unit/records_rows.hpp"

#include <gtest/gtest.h>
#include <tuple>

namespace pcmirror::testing {
namespace {

using Text = std::optional<std::string>;

TEST(Decoder, BringsEachTypeIntoItsSpelling) {
    const std::vector<std::tuple<std::string, std::string, Text>> cases{
        {"tenant",
         R"("profile":{"tenantId":"A356AC8C-e310-44f4-bf85-C7f29044af99"})",
         "a356ac8c-e310-44f4-bf85-c7f29044af99"},
        {"tenant", R"("profile":{"tenantId":""})", std::nullopt},
        {"label", R"("profile":{"label":"Redmond "})", "Redmond "},
        {"label",
         R"("profile":{"label":"A356AC8C-E310-44F4-BF85-C7F29044AF99"})",
         "a356ac8c-e310-44f4-bf85-c7f29044af99"},
        {"label",
         R"("profile":{"label":"9qg-ErcO-4MPbPqq_3MIQaS7bn8W6HfG1"})",
         "9qg-ErcO-4MPbPqq_3MIQaS7bn8W6HfG1"},
        {"label", R"("profile":{"label":""})", ""},
        {"label", R"("PROFILE":{"LABEL":"x"})", "x"},
        {"label", R"("profile":null)", std::nullopt},
        {"label", R"("profile":{})", std::nullopt},
        {"note", R"("note":"")", std::nullopt},
        {"note", R"("note":"x")", "x"},
        {"note", R"("note":null)", std::nullopt},
        {"note", R"("other":1)", std::nullopt},
        {"colour", R"("colour":"DarkRed")", "dark_red"},
        {"colour", R"("colour":"onetime")", "one_time"},
        {"colour", R"("colour":"LightBlue")", "light_blue"},
        {"colour", R"("colour":3)", "3"},
        {"quantity", R"("quantity":-0)", "0"},
        {"quantity", R"("quantity":2147483647)", "2147483647"},
        {"total", R"("total":9223372036854775807)", "9223372036854775807"},
        {"price", R"("price":120.56829999999960)", "120.56829999999960"},
        {"price", R"("price":1e3)", "1000"},
        {"amount", R"("amount":"0")", "0"},
        {"amount", R"("amount":12.50)", "12.50"},
        {"amount", R"("amount":"")", std::nullopt},
        {"active", R"("active":true)", "true"},
        {"active", R"("active":false)", "false"},
        {"made_at", R"("madeAt":"2018-03-15T02:17:15.6455674Z")", "2018-03-15 02:17:15.645567+00"},
        {"made_at", R"("madeOn":"2018-03-15T02:17:15Z")", "2018-03-15 02:17:15+00"},
        {"made_at", R"("madeAt":null,"madeOn":"2018-03-15T02:17:15Z")", "2018-03-15 02:17:15+00"},
        {"made_at", R"("madeAt":"0001-01-01T00:00:00")", std::nullopt},
        {"made_at", R"("madeAt":"")", std::nullopt},
        {"day", R"("day":"2024-03-06T23:00:00-08:00")", "2024-03-06"},
        {"tags",
         R"("tags":["b","a",null,"A356AC8C-E310-44F4-BF85-C7F29044AF99"])",
         R"({"a","a356ac8c-e310-44f4-bf85-c7f29044af99","b"})"},
        {"tags", R"("tags":[])", "{}"},
        {"steps", R"("steps":["b","a","","q\"\\,{}","NULL"])", R"({"b","a","","q\"\\,{}","NULL"})"},
        {"plan",
         R"("plan":{"z":1.10,"a":[null,{"n":null}],"m":{},"k":{"n":null}})",
         R"({"a":[null,{}],"m":{},"z":1.10})"},
        {"plan",
         R"("plan":{"links":[1],"x":{"Links":{},"attributes":{"objectType":"X","etag":"e"}}})",
         R"({"x":{"attributes":{"etag":"e"}}})"},
        {"plan",
         R"("plan":{"attributes":{"objectType":"X"},"objectType":"kept","y":{"attributes":{}}})",
         R"({"objectType":"kept"})"},
        {"plan", R"("plan":{"a":null})", "{}"},
        {"plan",
         R"("plan":"A356AC8C-E310-44F4-BF85-C7F29044AF99")",
         R"("a356ac8c-e310-44f4-bf85-c7f29044af99")"},
        {"plan", R"("plan":"q\"\\\n\u0001é")", "\"q\\\"\\\\\\n\\u0001é\""},
        {"plan", R"("plan":null)", std::nullopt},
        {"plan", R"("plan":[1E5,-0,1e400])", "[1E5,-0,1e400]"},
        {"options",
         R"("options":[{"b":1,"a":2},{"a":1},"x",3])",
         R"(["x",3,{"a":1},{"a":2,"b":1}])"},
        {"options", R"("options":{"b":[2,1]})", R"({"b":[2,1]})"},
        {"etag", R"("attributes":{"objectType":"Thing","etag":"W/\"1\""})", R"(W/"1")"},
        {"etag", R"("attributes":{"etag":""})", std::nullopt},
    };
    for (const auto& [column, members, expected] : cases)
        EXPECT_EQ(field(column, members), expected) << column << ": " << members;
}

TEST(Decoder, NamesTheMemberThatIsWrong) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {R"("quantity":"many")", R"(quantity: "many" is no integer)"},
        {R"("quantity":2147483648)", "quantity: 2147483648 is no integer of 32 bits"},
        {R"("quantity":1.0)", "quantity: 1.0 is no integer of 32 bits"},
        {R"("total":9223372036854775808)", "total: 9223372036854775808 is no integer of 64 bits"},
        {R"("price":"1")", R"(price: "1" is no number)"},
        {R"("price":1e1000)", "price: 1e1000 is no number of at most 1000 digits"},
        {R"("amount":"twelve")", R"(amount: "twelve" is no number)"},
        {R"("active":"true")", R"(active: "true" is neither true nor false)"},
        {R"("active":1)", "active: 1 is neither true nor false"},
        {R"("madeAt":"yesterday")", R"(madeAt: "yesterday" is no date-time)"},
        {R"("madeAt":17)", "madeAt: 17 is no date-time"},
        {R"("day":"2023-02-29")", R"(day: "2023-02-29" is no date)"},
        {R"("tags":"a")", R"(tags: "a" is no array of texts)"},
        {R"("tags":["a",1])", "tags: an array is no array of texts"},
        {R"("tags":{"a":1})", "tags: an object is no array of texts"},
        {R"("profile":{"tenantId":"x"})", R"(profile.tenantId: "x" is no GUID)"},
        {R"("profile":{"label":5})", "profile.label: 5 is no text"},
        {R"("profile":{"label":true})", "profile.label: true is no text"},
        {R"("profile":"x")", R"(profile: "x" is no object)"},
        {R"("profile":[])", "profile: an array is no object"},
        {R"("colour":1.5)", "colour: 1.5 is no text"},
        {R"("assembly":{"parts":{}})", "parts: an object is no array"},
        {R"("assembly":{"parts":[{"id":"p"},{"id":"q","weight":"w"}]})",
         R"(assembly/parts[1]: weight: "w" is no number)"},
        {R"("assembly":{"parts":[{"weight":1}]})", "assembly/parts[0]: id: is missing"},
        {R"("assembly":{"parts":[7]})", "assembly/parts[0]: 7 is no object"},
    };
    for (const auto& [members, expected] : cases) {
        const std::string record = R"({"id":"t1",)" + members + "}";
        const Decoded decoded = decode(things, record);
        ASSERT_TRUE(decoded.rejection) << members;
        EXPECT_EQ(decoded.rejection->reason, expected);
        EXPECT_EQ(decoded.rejection->record, record);
        EXPECT_EQ(
            decoded.rejection->key, (std::vector<std::string>{std::string(some_customer), "t1"})
        );
        EXPECT_TRUE(decoded.rows.empty());
    }
}

TEST(Decoder, ShowsNoMoreOfAValueThanFitsAMessage) {
    std::string text(59, 'x');
    text += "\xC3\xBC\xC3\xBC";
    EXPECT_EQ(
        reason(R"({"id":"t","quantity":")" + text + "\"}"),
        "quantity: \"" + std::string(59, 'x') + "...\" is no integer"
    );
    EXPECT_EQ(reason(R"({"id":"t","quantity":"a\u001bb\n"})"), R"(quantity: "a b " is no integer)");
}

TEST(Decoder, RejectsWithoutKeyWhereTheKeyCannotBeRead) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"{}", "id: is missing"},
        {R"({"note":"x"})", "id: is missing"},
        {R"({"id":null})", "id: is missing"},
        {R"({"id":""})", "id: is empty"},
        {R"({"id":5})", "id: 5 is no text"},
        {R"({"id":{"id":"t1"}})", "id: an object is no text"},
        {R"({"id":")" + std::string(513, 'x') + "\"}", "id: is longer than 512 bytes"},
        {"5", "5 is no object"},
        {"null", "null is no object"},
        {R"("t1")", R"("t1" is no object)"},
        {R"([{"id":"t1"}])", "an array is no object"},
        {R"({"id":"a","ID":"b"})", R"(two members named "ID" differ)"},
        {R"({"id":"\ud800"})", "a lone surrogate at byte 13"},
        {R"({"id":"a\u0000"})", "a text contains U+0000, which PostgreSQL can't store"},
        {"{\"id\":\"\xFF\"}", "bad UTF-8 at byte 7"},
    };
    for (const auto& [record, expected] : cases) {
        const Decoded decoded = decode(things, record);
        ASSERT_TRUE(decoded.rejection) << record;
        EXPECT_EQ(decoded.rejection->reason, expected);
        EXPECT_EQ(decoded.rejection->record, record);
        EXPECT_TRUE(decoded.rejection->key.empty()) << record;
    }
    EXPECT_EQ(reason(R"({"id":")" + std::string(512, 'x') + "\"}"), "");
}

TEST(Decoder, ReadsTheKeyOfARecordThatIsBrokenElsewhere) {
    const std::vector<std::string> broken{
        R"("note":"\ud800")",
        "\"note\":\"\xFF\"",
        R"("note":"\u0000")",
        R"("plan":1e5000)",
        R"("note":tru)",
        R"("plan":)" + std::string(100, '[') + std::string(100, ']'),
        R"("note":"a","NOTE":"b")",
        R"("plan":{"id":"other"},"note":01)",
        "\"note\":\"a\nb\"",
        R"("plan":{"a" 1})",
    };
    for (const std::string& members : broken) {
        for (const std::string& record :
             {R"({"ID":"A356AC8C-E310-44F4-BF85-C7F29044AF99",)" + members + "}",
              "{" + members + R"( , "\u0069d" : "A356AC8C-E310-44F4-BF85-C7F29044AF99"})"}) {
            const Decoded decoded = decode(things, record);
            ASSERT_TRUE(decoded.rejection) << record;
            EXPECT_EQ(
                decoded.rejection->key,
                (std::vector<std::string>{
                    std::string(some_customer), "a356ac8c-e310-44f4-bf85-c7f29044af99"})
            ) << record;
        }
    }
}

TEST(Decoder, KeepsInExtraWhatHasNoColumn) {
    const std::vector<std::pair<std::string, Text>> cases{
        {R"("note":"x")", std::nullopt},
        {R"("new":1)", R"({"new":1})"},
        {R"("z":1,"B":[2,{"d":null,"c":"A356AC8C-E310-44F4-BF85-C7F29044AF99"}],"a":{"y":1,"x":2})",
         R"({"B":[2,{"c":"a356ac8c-e310-44f4-bf85-c7f29044af99"}],"a":{"x":2,"y":1},"z":1})"},
        {R"("profile":{"unknown":1,"label":"x"})", R"({"profile":{"unknown":1}})"},
        {R"("profile":{"label":"x","attributes":{"objectType":"P"},"links":{}})", std::nullopt},
        {R"("Profile":{"deep":{"er":{"n":null,"v":false}}})",
         R"({"Profile":{"deep":{"er":{"v":false}}}})"},
        {R"("profile":{})", R"({"profile":{}})"},
        {R"("profile":{"label":null})", std::nullopt},
        {R"("new":{})", R"({"new":{}})"},
        {R"("new":{"n":null})", std::nullopt},
        {R"("new":[])", R"({"new":[]})"},
        {R"("new":"")", R"({"new":""})"},
        {R"("new":null)", std::nullopt},
        {R"("links":{"self":{"uri":"/a"}},"attributes":{"objectType":"T"})", std::nullopt},
        {R"("Links":5)", std::nullopt},
        {R"("attributes":{"objectType":"T","etag":"e","version":2})",
         R"({"attributes":{"version":2}})"},
        {R"("attributes":{})", std::nullopt},
        {R"("objectType":"T")", R"({"objectType":"T"})"},
        {R"("plan":{"a":1},"assembly":{"parts":[{"id":"p"}],"tool":"saw"})",
         R"({"assembly":{"tool":"saw"}})"},
        {R"("assembly":{"parts":[]})", std::nullopt},
        {R"("madeAt":"2018-03-15T02:17:15Z","madeOn":"2019-03-15T02:17:15Z")",
         R"({"madeOn":"2019-03-15T02:17:15Z"})"},
        {R"("madeOn":"2018-03-15T02:17:15Z")", std::nullopt},
        {R"("new":{"big":123456789012345678901234567890.10})",
         R"({"new":{"big":123456789012345678901234567890.10}})"},
    };
    for (const auto& [members, expected] : cases)
        EXPECT_EQ(field("extra", members), expected) << members;
}

TEST(Decoder, SpellsTheSameRecordTheSameWay) {
    Decoder decoder(things);
    ASSERT_FALSE(decoder.decode(
        R"({"id":"t1","new":{"b":[1,2],"a":"x"},"tags":["b","a"],"links":{"self":1},"note":null})",
        surroundings()
    ));
    const std::string first = decoder.rows().front().bytes;
    ASSERT_FALSE(decoder.decode(
        R"( {"TAGS":["a","b"] , "New":{"a":"x","n":null,"b":[1, 2]},"attributes":{},"ID":"t1"} )",
        surroundings()
    ));
    const Fields other = fields_of(decoder.rows().front().bytes);
    Fields expected = fields_of(first);
    expected.back() = R"({"New":{"a":"x","b":[1,2]}})";
    EXPECT_EQ(other, expected);
}

TEST(Decoder, MakesRowsOfNestedElements) {
    const Decoded decoded = decode(
        things,
        R"({"id":"T1","colour":"DarkRed","assembly":{"parts":[
            {"id":"A356AC8C-E310-44F4-BF85-C7F29044AF99","weight":1.50,"attributes":{"objectType":"P"}},
            null,
            {"Id":"p2","new":{"x":1},"links":{}}]}})"
    );
    ASSERT_FALSE(decoded.rejection);
    ASSERT_EQ(decoded.rows.size(), 3U);
    EXPECT_EQ(decoded.rows[0].table->name, "things");
    EXPECT_EQ(decoded.rows[0]["extra"], std::nullopt);
    EXPECT_EQ(
        decoded.rows[1].fields,
        (Fields{
            std::string(some_customer),
            "T1",
            "a356ac8c-e310-44f4-bf85-c7f29044af99",
            "dark_red",
            "1.50",
            std::nullopt})
    );
    EXPECT_EQ(
        decoded.rows[2].fields,
        (Fields{
            std::string(some_customer), "T1", "p2", "dark_red", std::nullopt, R"({"new":{"x":1}})"})
    );
}

TEST(Decoder, ForgetsOneRecordBeforeTheNext) {
    Decoder decoder(things);
    ASSERT_FALSE(decoder.decode(
        R"({"id":"t1","note":"x","tags":["a"],"new":1,"assembly":{"parts":[{"id":"p"}]}})",
        surroundings()
    ));
    EXPECT_EQ(decoder.rows().size(), 2U);
    ASSERT_FALSE(decoder.decode(R"({"id":"t2"})", surroundings()));
    ASSERT_EQ(decoder.rows().size(), 1U);
    const Fields fields = fields_of(decoder.rows().front().bytes);
    EXPECT_EQ(fields[1], "t2");
    for (std::size_t c = 2; c < fields.size(); ++c)
        EXPECT_EQ(fields[c], std::nullopt) << c;

    EXPECT_TRUE(decoder.decode(R"({"id":"t3","note":5})", surroundings()));
    EXPECT_TRUE(decoder.rows().empty());
    EXPECT_FALSE(decoder.decode(R"({"id":"t2"})", surroundings()));
    EXPECT_EQ(fields_of(decoder.rows().front().bytes), fields);
}

TEST(Decoder, TakesOuterColumnsFromTheRowOfTheRequest) {
    static constexpr Column columns[] = {
        {Role::key, "customer_id", Type::uuid, scope_customer(), "c"},
        {Role::key, "user_id", Type::uuid, outer("user_id"), "c"},
        {Role::key, "sku_id", Type::text, item("/productSku/id", "/productSku/skuPartNumber"), "c"},
    };
    static constexpr Table tables[] = {{"user_licenses", "c", columns}};
    static constexpr Resource licenses = {.name = "user_licenses", .tables = tables};
    Decoder decoder(licenses);
    const Surroundings around{std::string(some_customer), {{"user_id", "u1"}}};

    ASSERT_FALSE(decoder.decode(R"({"productSku":{"skuPartNumber":"EMS"}})", around));
    EXPECT_EQ(
        fields_of(decoder.rows().front().bytes),
        (Fields{std::string(some_customer), "u1", "EMS", std::nullopt})
    );
    const auto rejection =
        decoder.decode(R"({"productSku":{"skuPartNumber":"EMS"},"x":tru})", around);
    ASSERT_TRUE(rejection);
    EXPECT_EQ(rejection->key, (std::vector<std::string>{std::string(some_customer), "u1", "EMS"}));

    EXPECT_THROW(static_cast<void>(decoder.decode(R"({})", surroundings())), Error);
    EXPECT_THROW(static_cast<void>(decoder.decode(R"({})", Surroundings{})), Error);
}

TEST(Decoder, ReadsNothingFromARecordCutAnywhere) {
    const std::string record =
        R"({"id":"t1","note":"x","plan":{"a":[1,2]},"assembly":{"parts":[{"id":"p"}]},"new":1.5})";
    Decoder decoder(things);
    for (std::size_t size = 0; size < record.size(); ++size)
        EXPECT_TRUE(decoder.decode(record.substr(0, size), surroundings())) << size;
    EXPECT_FALSE(decoder.decode(record, surroundings()));
}

} // namespace
} // namespace pcmirror::testing
