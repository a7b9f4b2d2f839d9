#include "tests/simulator/continuation.hpp"
#include "tests/simulator/endpoint.hpp"
#include "tests/simulator/render.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <limits>

namespace pcmirror::simulator {

namespace {

constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();
constexpr std::uint32_t behind_the_end = std::numeric_limits<std::uint32_t>::max();

/// A page on its way from the rows to the wire.
class Page {
  public:
    explicit Page(Call& call) : call_(call), seed_(call.world.options().seed) {}

    std::optional<Problem> find_place();
    void take_items();
    std::string json();

  private:
    std::optional<Problem> read_size();
    std::optional<Problem> read_filter();
    void skip_an_item();
    void duplicate_an_item();
    void damage_an_item();
    [[nodiscard]] std::size_t limit() const;
    [[nodiscard]] std::size_t count_all() const;
    [[nodiscard]] std::string next_uri();
    [[nodiscard]] std::string token() const;
    void append_links(std::string& out);

    Call& call_;
    std::uint64_t seed_;
    Place place_;
    Items items_;
    std::optional<std::uint32_t> next_;
    bool repeats_ = false;
};

std::optional<Problem> Page::read_size() {
    const auto cap = std::max(1U, static_cast<std::uint32_t>(call_.switches[Switch::page_size]));
    std::uint32_t size = 0;
    if (const auto given = call_.request.parameter("size")) {
        const auto [end, error] =
            std::from_chars(given->data(), given->data() + given->size(), size);
        if (error != std::errc{} || end != given->data() + given->size())
            return problems::bad_size;
    }
    if (size > cap && call_.switches[Switch::oversized_page] == refused)
        return problems::bad_size;
    place_.size = size == 0 ? cap : std::min(size, cap);
    return {};
}

std::optional<Problem> Page::read_filter() {
    const auto given = call_.request.parameter("filter");
    if (!given || given->empty())
        return {};
    const std::optional<Filter> filter = simulator::read_filter(*given);
    if (!filter || !call_.endpoint.filters || !call_.endpoint.filters(*filter))
        return problems::bad_filter;
    place_.filter = *given;
    return {};
}

std::optional<Problem> Page::find_place() {
    if (auto problem = read_size())
        return problem;
    const std::string_view shown = call_.request.header("MS-ContinuationToken");
    // A listing of one answer has further pages only where a fault made them.
    if (call_.endpoint.paging != Paging::seek && shown.empty())
        return {};
    if (shown.empty() && call_.request.parameter("seekOperation"))
        return problems::bad_continuation;
    if (!shown.empty()) {
        const auto place = read_continuation(shown, seed_);
        if (!place)
            return problems::bad_continuation;
        place_ = *place;
    } else if (auto problem = read_filter()) {
        return problem;
    }
    call_.filter = place_.filter;
    return {};
}

std::size_t Page::count_all() const {
    Items all;
    call_.endpoint.rows(call_, 0, unlimited, all);
    return all.starts.size();
}

std::size_t Page::limit() const {
    if (call_.endpoint.paging != Paging::seek)
        return unlimited;
    if (call_.fault.full_last_page && place_.page == 0)
        if (const std::size_t rest = count_all() % place_.size; rest != 0)
            return rest;
    return place_.size;
}

void Page::take_items() {
    const ListingFault& fault = call_.fault;
    if (fault.empty_with_next) {
        next_ = place_.position;
        return;
    }
    const std::size_t most = limit();
    next_ = call_.endpoint.rows(
        call_, place_.position, fault.skip && most != unlimited ? most + 1 : most, items_
    );
    if (fault.skip)
        skip_an_item();
    if (fault.duplicate)
        duplicate_an_item();
    if (!fault.bad_record.empty())
        damage_an_item();
    if (!next_ && fault.empty_last_page && place_.position != behind_the_end)
        next_ = behind_the_end;
    if (!next_ && (fault.repeat_next || !fault.foreign_link.empty()))
        next_ = place_.position;
    repeats_ = fault.repeat_next && place_.page > 0;
}

void Page::skip_an_item() {
    if (items_.starts.empty())
        return;
    const std::size_t length = items_.starts.size() > 1 ? items_.starts[1] : items_.text.size();
    items_.text.erase(0, length);
    items_.starts.erase(items_.starts.begin());
    for (std::size_t& start : items_.starts)
        start -= length;
}

void Page::duplicate_an_item() {
    Items again;
    call_.endpoint.rows(call_, place_.previous, 1, again);
    if (again.starts.empty())
        return;
    items_.starts.push_back(items_.text.size());
    items_.text += again.text;
}

void Page::damage_an_item() {
    if (items_.starts.empty())
        return;
    const std::size_t which = call_.fault.bad_record_at % items_.starts.size();
    const std::size_t begin = items_.starts[which];
    const std::size_t end =
        which + 1 < items_.starts.size() ? items_.starts[which + 1] : items_.text.size();
    std::string record = items_.text.substr(begin, end - begin);
    if (!damage(record, call_.fault.bad_record, call_.endpoint.damageable))
        return;
    if (call_.fault.bad_record_is_added) {
        items_.starts.push_back(items_.text.size());
        items_.text += record;
        return;
    }
    const std::size_t length = end - begin;
    items_.text.replace(begin, length, record);
    for (std::size_t later = which + 1; later < items_.starts.size(); ++later)
        items_.starts[later] += record.size() - length;
}

std::string Page::token() const {
    if (repeats_)
        return std::string(call_.request.header("MS-ContinuationToken"));
    return spell_continuation(
        {*next_, place_.position, place_.page + 1, place_.size, place_.filter}, seed_
    );
}

std::string Page::next_uri() {
    std::string path = "/";
    path += fmt::format("{}", fmt::join(path_segments(call_.request.path()), "/"));
    const std::string unversioned = path.substr(std::string_view("/v1").size());
    const std::int64_t prefix = call_.switches[Switch::link_prefix];
    std::string uri = unversioned;
    if (prefix == with_v1 || (prefix == alternating && call_.speller.draw().one_in(2)))
        uri = "/v1" + unversioned;
    if (prefix == doubled)
        uri = "/v1//v1" + unversioned;
    return fmt::format(
        "{}{}?size={}&seekOperation=Next", call_.fault.foreign_link, uri, place_.size
    );
}

void Page::append_links(std::string& out) {
    out += R"(,"links":{"self":)";
    out += link(call_.request.target);
    if (next_) {
        out += R"(,"next":{"uri":)";
        append_json_string(out, next_uri());
        out += R"(,"method":"GET","headers":[)";
        if (call_.switches.is_on(Switch::link_headers))
            out += fmt::format(R"({{"key":"MS-ContinuationToken","value":"{}"}})", token());
        out += "]}";
    }
    out += '}';
}

std::string Page::json() {
    std::string out = "{";
    if (next_ && call_.switches.is_on(Switch::continuation_member))
        out += fmt::format(R"("continuationToken":"{}",)", token());
    std::int64_t total = static_cast<std::int64_t>(items_.starts.size());
    if (call_.switches[Switch::total_count] == of_listing)
        total = static_cast<std::int64_t>(count_all());
    if (call_.switches[Switch::total_count] == zero)
        total = 0;
    out += fmt::format(R"("totalCount":{},"items":[)", call_.fault.total_count.value_or(total));
    for (std::size_t at = 0; at < items_.starts.size(); ++at) {
        const std::size_t end =
            at + 1 < items_.starts.size() ? items_.starts[at + 1] : items_.text.size();
        out.append(items_.text, items_.starts[at], end - items_.starts[at]);
        out += at + 1 < items_.starts.size() ? "," : "";
    }
    out += ']';
    if (!items_.starts.empty() || next_)
        append_links(out);
    out += R"(,"attributes":{"objectType":"Collection"}})";
    return out;
}

} // namespace

Reply answer_listing(Call& call) {
    Page page(call);
    if (const auto problem = page.find_place())
        return refuse(*problem);
    page.take_items();
    return json_answer(call, page.json());
}

Reply json_answer(Call& call, std::string json) {
    Reply reply;
    const bool marked = call.switches[Switch::charset] == uniform || !call.speller.draw().one_in(3);
    reply.headers.emplace_back(
        "Content-Type", marked ? "application/json; charset=utf-8" : "application/json"
    );
    reply.body = call.switches[Switch::layout] == spread ? spread_out(json) : std::move(json);
    return reply;
}

} // namespace pcmirror::simulator
