#include "sync/records/page.hpp"

#include "schema/error.hpp"

#include <gtest/gtest.h>
#include <random>

namespace pcmirror {
namespace {

using Records = std::vector<std::string_view>;

// What is wrong with a body, or an empty string; a wrong page can always be asked for again.
std::string problem_of(std::string_view body, Envelope envelope = Envelope::collection) {
    try {
        scan_page(body, envelope);
        return {};
    } catch (const Error& error) {
        EXPECT_EQ(error.recovery(), Recovery::retry_later);
        return error.what();
    }
}

const std::string& sample_page() {
    static const std::string page =
        "\xEF\xBB\xBF"
        R"({"continuationToken":"0d81,a/+=","totalCount":99,"items":[)"
        R"({"id":"a","s":"br]ac}ket\"s\\","n":[[1,{"items":[7]}],{}]},{"id":"b"} , null,17,"x",[]])"
        R"(,"links":{"self":{"uri":"/customers"},"next":{"uri":"/customers?size=500&seekOperation=Next",)"
        R"("method":"GET","headers":[{"key":"MS-ContinuationToken","value":"0d81,a/+="}]}},)"
        R"("attributes":{"objectType":"Collection"}})";
    return page;
}

TEST(Page, IsCutIntoRecordsAndItsLink) {
    const Page page = scan_page(sample_page(), Envelope::collection);

    EXPECT_EQ(
        page.records,
        (Records{
            R"({"id":"a","s":"br]ac}ket\"s\\","n":[[1,{"items":[7]}],{}]})",
            R"({"id":"b"})",
            "null",
            "17",
            "\"x\"",
            "[]"})
    );
    EXPECT_EQ(
        page.next,
        (NextLink{"/customers?size=500&seekOperation=Next", {{"MS-ContinuationToken", "0d81,a/+="}}}
        )
    );
    EXPECT_EQ(page.continuation_token, "0d81,a/+=");
}

TEST(Page, TakesMembersInAnyOrderAndCase) {
    for (const char* body :
         {R"({"items":[1,2]})",
          R"({"Items":[1,2]})",
          R"({"x":{"items":[3]},"ITEMS":[1,2]})",
          R"({"totalCount":0,"links":null,"items":[1,2],"attributes":{}})",
          R"({"\u0069tems":[1,2]})",
          " \r\n{ \"items\" : [ 1 , 2 ] } \n\t"}) {
        const Page page = scan_page(body, Envelope::collection);
        EXPECT_EQ(page.records, (Records{"1", "2"})) << body;
        EXPECT_EQ(page.next, std::nullopt) << body;
    }
}

TEST(Page, MayHaveNoRecordsAndStillGoOn) {
    const Page page =
        scan_page(R"({"items":[],"links":{"next":{"uri":"/v1/a"}}})", Envelope::collection);
    EXPECT_TRUE(page.records.empty());
    EXPECT_EQ(page.next, (NextLink{"/v1/a", {}}));
}

TEST(Page, EndsTheListingWhereThereIsNoNextLink) {
    for (const char* links :
         {"null", "{}", R"({"next":null})", R"({"self":{"uri":"/a"},"previous":{"uri":"/b"}})"}) {
        const std::string body =
            R"({"continuationToken":"left over","items":[],"links":)" + std::string(links) + "}";
        EXPECT_EQ(scan_page(body, Envelope::collection).next, std::nullopt) << links;
    }
}

TEST(Page, TakesLinksWithAndWithoutHeaders) {
    for (const char* headers : {"", R"(,"headers":null)", R"(,"headers":[])"}) {
        const std::string body =
            R"({"items":[],"Links":{"NEXT":{"URI":"/a")" + std::string(headers) + "}}}";
        EXPECT_EQ(scan_page(body, Envelope::collection).next, (NextLink{"/a", {}})) << headers;
    }
}

TEST(Page, RefusesALinkThatCannotBeFollowed) {
    for (const char* links :
         {"5",
          "[]",
          R"("next")",
          R"({"next":5})",
          R"({"next":"/a"})",
          R"({"next":{}})",
          R"({"next":{"uri":null}})",
          R"({"next":{"uri":5}})",
          R"({"next":{"uri":""}})",
          R"({"next":{"uri":"\ud800"}})",
          R"({"next":{"uri":"/a","headers":{}}})",
          R"({"next":{"uri":"/a","headers":[5]}})",
          R"({"next":{"uri":"/a","headers":[{}]}})",
          R"({"next":{"uri":"/a","headers":[{"key":"k"}]}})",
          R"({"next":{"uri":"/a","headers":[{"key":"","value":"v"}]}})",
          R"({"next":{"uri":"/a","headers":[{"key":"a:b","value":"v"}]}})",
          R"({"next":{"uri":"/a","headers":[{"key":"k","value":"v\r\nHost: evil"}]}})",
          R"({"next":{"uri":"/a","headers":[{"key":"k\n","value":"v"}]}})",
          R"({"next":{"uri":"/a","headers":[{"key":"k","value":"\u007f"}]}})",
          R"({"next":{"uri":"/a"},"next":{"uri":"/b"}})"}) {
        const std::string body = R"({"items":[],"links":)" + std::string(links) + "}";
        EXPECT_NE(problem_of(body), "") << links;
    }
    EXPECT_NE(problem_of(R"({"items":[],"continuationToken":5})"), "");
    EXPECT_NE(problem_of(R"({"items":[],"continuationToken":"a\r\nb"})"), "");
}

TEST(Page, SaysWhatItGotInsteadOfItems) {
    EXPECT_EQ(problem_of(""), "the answer is empty");
    EXPECT_EQ(problem_of("\xEF\xBB\xBF \n"), "the answer is empty");
    EXPECT_EQ(
        problem_of("<html>\n<b>Service unavailable</b>"),
        R"(the answer is HTML: "<html> <b>Service unavailable</b>")"
    );
    EXPECT_EQ(problem_of("Bad Gateway\x1B[31m"), R"(the answer is no JSON: "Bad Gateway [31m")");
    EXPECT_EQ(problem_of("[1]"), R"(the answer is no JSON object with items: "[1]")");
    EXPECT_EQ(problem_of("{\"message\":\"no\"}"), R"(the answer has no items: "{"message":"no"}")");
    EXPECT_EQ(problem_of("{}"), R"(the answer has no items: "{}")");
    EXPECT_EQ(problem_of(R"({"items":null})"), "the answer has no items: they are null");
    EXPECT_EQ(problem_of(R"({"items":{"a":1}})"), "the answer has items that are no array");
    EXPECT_EQ(problem_of(R"({"items":5[1]})"), "the answer has items that are no array");
    EXPECT_EQ(problem_of(R"({"items":[],"Items":[]})"), "the answer has items twice");
    EXPECT_EQ(problem_of(R"({"links":{},"items":[],"links":{}})"), "the answer has links twice");
    EXPECT_EQ(
        problem_of(R"({"items":[]} {})"), "the answer has something behind its end at byte 13"
    );
    EXPECT_EQ(problem_of(R"({"items":[{"a":)"), "the answer ends inside a record at byte 15");
    EXPECT_EQ(problem_of(std::string(500, 'x')).size(), 25U + 60U);
}

TEST(Page, RefusesABrokenFrame) {
    for (const char* body :
         {"{",
          "}",
          R"({"items")",
          R"({"items":)",
          R"({"items":[)",
          R"({"items":[})",
          R"({"items":[1})",
          R"({"items":[1 2]})",
          R"({"items":[1,]})",
          R"({"items":[,1]})",
          R"({"items":[1],})",
          R"({,"items":[1]})",
          R"({"items" [1]})",
          R"({items:[1]})",
          R"({"items":[1]"a":2})",
          R"({"items":[1],"a"})",
          R"({"items":[1],"a":})",
          R"({"items":[1]]})",
          R"({"items":[1]}})",
          R"({"items":[{"a":[1},{"b":2}]})",
          R"({"items":[{"a":"x},{"b":2}]})"})
        EXPECT_NE(problem_of(body), "") << body;
    EXPECT_NE(problem_of(std::string("{\"items\":[]}\0", 13)), "");
}

TEST(Page, ToleratesWhatIsWrongInsideARecord) {
    const std::string body = "{\"items\":[{\"id\":\"\\ud800\"},{\"id\":\"\xFF\"},{\"n\":1e99999},"
                             "{\"a\":\"\x01\"},{\"id\" \"x\"},tru,{\"id\":\"good\"}]}";
    EXPECT_EQ(scan_page(body, Envelope::collection).records.size(), 7U);
}

TEST(Page, MayBeABareArrayOrOneObject) {
    EXPECT_EQ(
        scan_page("\xEF\xBB\xBF[{\"a\":1},2]\n", Envelope::array).records,
        (Records{R"({"a":1})", "2"})
    );
    EXPECT_TRUE(scan_page("[]", Envelope::array).records.empty());
    EXPECT_EQ(
        scan_page("\xEF\xBB\xBF {\"items\":[1]} ", Envelope::object).records,
        (Records{R"({"items":[1]})"})
    );
    EXPECT_NE(problem_of("{}", Envelope::array), "");
    EXPECT_NE(problem_of("[]", Envelope::object), "");
    EXPECT_NE(problem_of("null", Envelope::object), "");
    EXPECT_NE(problem_of("", Envelope::object), "");
    EXPECT_NE(problem_of("[1", Envelope::array), "");
    EXPECT_NE(problem_of("[1]]", Envelope::array), "");
    EXPECT_NE(problem_of("{\"a\":1", Envelope::object), "");
}

TEST(Page, IsNeverCompleteWhenCutOff) {
    const std::string& body = sample_page();
    for (std::size_t size = 0; size < body.size(); ++size)
        EXPECT_NE(problem_of(body.substr(0, size)), "") << size;

    const std::string array = R"( [{"a":[1,"]"]},{"b":{}}])";
    for (std::size_t size = 0; size < array.size(); ++size)
        EXPECT_NE(problem_of(array.substr(0, size), Envelope::array), "") << size;

    const std::string object = R"({"a":{"b":"}"}})";
    for (std::size_t size = 0; size < object.size(); ++size)
        EXPECT_NE(problem_of(object.substr(0, size), Envelope::object), "") << size;
}

TEST(Page, TakesDepthAndLengthInItsStride) {
    const std::string deep = std::string(1000000, '[') + std::string(1000000, ']');
    EXPECT_EQ(scan_page("[" + deep + ",1]", Envelope::array).records.size(), 2U);
    EXPECT_NE(problem_of(std::string(1000000, '['), Envelope::array), "");
    EXPECT_NE(problem_of("{\"x\":" + std::string(1000000, '{')), "");

    std::string many = "[";
    for (int i = 0; i < 200000; ++i)
        many += "{},";
    EXPECT_EQ(scan_page(many + "{}]", Envelope::array).records.size(), 200001U);
}

std::string random_value(std::mt19937& random, int depth) {
    const auto pick = random() % (depth > 3 ? 5 : 7);
    if (pick < 5)
        return std::vector<std::string>{
            "null", "-12.5e3", R"("a\"]}{[\\,:")", "true", R"("\u00e9 é")"}[pick];
    std::string text(1, pick == 5 ? '[' : '{');
    for (std::size_t n = random() % 4; n > 0; --n) {
        text += pick == 6 ? R"("items":)" : "";
        text += random_value(random, depth + 1) + (n > 1 ? " ," : "");
    }
    return text + (pick == 5 ? ']' : '}');
}

TEST(Page, RecordsJoinedAreTheItems) {
    std::mt19937 random(42);
    for (int i = 0; i < 500; ++i) {
        std::string items;
        std::vector<std::string> expected;
        for (std::size_t n = random() % 6; n > 0; --n) {
            expected.push_back(random_value(random, 0));
            items += (items.empty() ? "" : ",") + expected.back();
        }
        const std::string body =
            "{\"a\":" + random_value(random, 0) + ",\"items\":[" + items + "]}";
        const Page page = scan_page(body, Envelope::collection);
        EXPECT_EQ(std::vector<std::string>(page.records.begin(), page.records.end()), expected);
    }
}

} // namespace
} // namespace pcmirror
