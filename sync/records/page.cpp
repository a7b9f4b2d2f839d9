#include "sync/records/page.hpp"

#include "schema/error.hpp"
#include "sync/records/links.hpp"
#include "sync/records/scan.hpp"

namespace pcmirror {
namespace {

// What the body begins with, for people: quoted, without what a terminal would obey.
std::string beginning(std::string_view body) {
    std::string shown;
    for (const char c : body) {
        if (shown.size() == 60)
            break;
        shown += c >= ' ' && c <= '~' ? c : ' ';
    }
    return "\"" + shown + "\"";
}

class Scanner {
  public:
    explicit Scanner(std::string_view body) : body_(body), cursor_(body) {
        cursor_.skip_mark();
        cursor_.skip_space();
    }

    Page collection() {
        open('{', "no JSON object with items");
        while (!cursor_.accept('}')) {
            member();
            separate('}');
        }
        finish();
        if (!items_)
            throw answer("has no items: " + beginning(body_));
        return finished_page();
    }

    Page array() {
        open('[', "no JSON array");
        elements();
        finish();
        return std::move(page_);
    }

    Page object() {
        expect('{', "no JSON object");
        page_.records.push_back(value("inside the record"));
        finish();
        return std::move(page_);
    }

  private:
    static Error answer(std::string_view what) {
        return {Recovery::retry_later, "the answer " + std::string(what)};
    }

    Error broken(std::string_view inside) const {
        if (cursor_.at_end())
            return answer(
                "ends " + std::string(inside) + " at byte " + std::to_string(cursor_.position())
            );
        return answer(
            "is no JSON at byte " + std::to_string(cursor_.position()) + ": " +
            beginning(body_.substr(cursor_.position()))
        );
    }

    void expect(char first, std::string_view otherwise) const {
        if (cursor_.at_end())
            throw answer("is empty");
        if (cursor_.peek() == first)
            return;
        const std::string start = beginning(body_.substr(cursor_.position()));
        if (cursor_.peek() == '<')
            throw answer("is HTML: " + start);
        const bool json = cursor_.peek() == '{' || cursor_.peek() == '[';
        throw answer("is " + std::string(json ? otherwise : "no JSON") + ": " + start);
    }

    void open(char bracket, std::string_view otherwise) {
        expect(bracket, otherwise);
        cursor_.accept(bracket);
    }

    std::string_view value(std::string_view inside) {
        const auto raw = cursor_.value();
        if (!raw)
            throw broken(inside);
        cursor_.skip_space();
        return *raw;
    }

    // Behind an element or member: a comma and something after it, or the end, which stays unread.
    void separate(char end) {
        if (cursor_.peek() == end)
            return;
        if (!cursor_.accept(',') || cursor_.peek() == end)
            throw broken("before its end");
    }

    void elements() {
        while (!cursor_.accept(']')) {
            page_.records.push_back(value("inside a record"));
            separate(']');
        }
    }

    void member() {
        const auto name = cursor_.string();
        cursor_.skip_space();
        if (!name || !cursor_.accept(':'))
            throw broken("inside a member name");
        if (raw_name_is(*name, "items"))
            read_items();
        else if (raw_name_is(*name, "links"))
            keep(links_, "links");
        else if (raw_name_is(*name, "continuationToken"))
            keep(token_, "continuationToken");
        else
            value("inside a value");
    }

    void read_items() {
        if (items_)
            throw answer("has items twice");
        items_ = true;
        if (cursor_.peek() != '[')
            throw answer(
                value("inside items") == "null" ? "has no items: they are null"
                                                : "has items that are no array"
            );
        cursor_.accept('[');
        elements();
    }

    void keep(std::string_view& place, std::string_view name) {
        if (!place.empty())
            throw answer("has " + std::string(name) + " twice");
        place = value("inside " + std::string(name));
    }

    void finish() const {
        if (!cursor_.at_end())
            throw answer(
                "has something behind its end at byte " + std::to_string(cursor_.position())
            );
    }

    Page finished_page() {
        page_.next = read_next_link(links_);
        page_.continuation_token = read_token(token_);
        return std::move(page_);
    }

    std::string_view body_;
    Cursor cursor_;
    Page page_;
    bool items_ = false;
    std::string_view links_;
    std::string_view token_;
};

} // namespace

Page scan_page(std::string_view body, Envelope envelope) {
    Scanner scanner(body);
    switch (envelope) {
    case Envelope::collection:
        return scanner.collection();
    case Envelope::array:
        return scanner.array();
    case Envelope::object:
        return scanner.object();
    }
    throw Error(Recovery::bug, "an envelope without a scanner");
}

} // namespace pcmirror
