#include "schema/resources/customers.hpp"
#include "schema/resources/subscriptions.hpp"
#include "sync/records/decode.hpp"
#include "sync/records/page.hpp"
#include "sync/records/spool.hpp"

#include <benchmark/benchmark.h>
#include <string>

namespace pcmirror {
namespace {

std::string guid(int i) {
    const std::string digits = std::to_string(100000000000 + i);
    return "4D3CF487-70f4-4e1e-9ff1-" + digits;
}

std::string page_of(std::string (*record)(int)) {
    std::string body = "\xEF\xBB\xBF{\"totalCount\":500,\"items\":[";
    for (int i = 0; i < 500; ++i)
        body += (i == 0 ? "" : ",") + record(i);
    return body + R"(],"links":{"self":{"uri":"/a","method":"GET","headers":[]}}})";
}

std::string customer(int i) {
    return R"({"id":")" + guid(i) + R"(","companyProfile":{"tenantId":")" + guid(i) +
           R"(","domain":"tailspin)" + std::to_string(i) +
           R"(.onmicrosoft.com","companyName":"Tailspin Toys","links":{"self":{"uri":"/customers/)" +
           guid(i) +
           R"(/profiles/company","method":"GET","headers":[]}},"attributes":{"objectType":)"
           R"("CustomerCompanyProfile"}},"relationshipToPartner":"reseller","links":{"self":)"
           R"({"uri":"/customers/)" +
           guid(i) + R"(","method":"GET","headers":[]}},"attributes":{"objectType":"Customer"}})";
}

std::string subscription(int i) {
    return R"({"id":")" + guid(i) +
           R"(","offerId":"0A1B2C3D-0000-4E5F-8A9B-ABCDEFABCDEF","offerName":"Intune Device",)"
           R"("friendlyName":"new offer purchase","quantity":)" +
           std::to_string(i) +
           R"(,"unitType":"Licenses","creationDate":"2017-04-10T23:02:26.0212345Z","effectiveStartDate":)"
           R"("2017-04-10T00:00:00Z","commitmentEndDate":"2018-05-07T00:00:00Z","status":"active",)"
           R"("autoRenewEnabled":true,"isTrial":false,"billingType":"license","billingCycle":"monthly",)"
           R"("partnerId":"4847383","contractType":"subscription","links":{"offer":{"uri":"/offers/x",)"
           R"("method":"GET","headers":[]},"self":{"uri":"/customers/x/subscriptions/y","method":"GET",)"
           R"("headers":[]}},"orderId":"3EDDCAC6-63B2-4C40-B0B6-F47E18301492","newMember":{"b":1,"a":[]},)"
           R"("attributes":{"etag":"eyJpZCI6IjQyMjI2ZWQ2IiwidmVyc2lvbiI6MX0=","objectType":"Subscription"}})";
}

void rows_of_a_page(benchmark::State& state, const Resource& resource, const std::string& body) {
    Decoder decoder(resource);
    const Surroundings around{"4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04", {}};
    for (auto _ : state) {
        Spool spool("/nonexistent");
        for (const std::string_view record : scan_page(body, Envelope::collection).records) {
            if (decoder.decode(record, around))
                state.SkipWithError("a record was rejected");
            for (const DecodedRow& row : decoder.rows())
                spool.add(row);
        }
        benchmark::DoNotOptimize(spool.digest().count());
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
    state.SetItemsProcessed(state.iterations() * 500);
}

void scan(benchmark::State& state) {
    const std::string body = page_of(subscription);
    for (auto _ : state)
        benchmark::DoNotOptimize(scan_page(body, Envelope::collection).records.size());
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
}

void parse(benchmark::State& state) {
    JsonTree tree;
    const std::string record = subscription(7);
    for (auto _ : state)
        benchmark::DoNotOptimize(tree.parse(record).size());
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(record.size()));
}

void customers(benchmark::State& state) {
    rows_of_a_page(state, resources::customers, page_of(customer));
}

void subscriptions(benchmark::State& state) {
    rows_of_a_page(state, resources::subscriptions, page_of(subscription));
}

BENCHMARK(scan);
BENCHMARK(parse);
BENCHMARK(customers);
BENCHMARK(subscriptions);

} // namespace
} // namespace pcmirror
