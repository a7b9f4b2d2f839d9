#include "tests/simulator/plain_answers.hpp"

namespace pcmirror::simulator {

Reply item_answer(Call& call, std::span<const Field> fields, const Item& item, const Frame& frame) {
    std::string json;
    append_item(json, fields, item, frame, call.speller);
    return json_answer(call, std::move(json));
}

Reply array_answer(
    Call& call, std::span<const Field> fields, std::span<const Item> items, const Frame& frame
) {
    std::string json = "[";
    for (const Item& item : items) {
        json += json.size() > 1 ? "," : "";
        append_item(json, fields, item, frame, call.speller);
    }
    return json_answer(call, json + "]");
}

std::optional<std::uint32_t> append_items(
    Call& call,
    std::span<const Field> fields,
    std::span<const Item> items,
    const Frame& frame,
    std::uint32_t from,
    std::size_t limit,
    Items& page
) {
    for (std::uint32_t index = from; index < items.size(); ++index) {
        if (page.starts.size() == limit)
            return index;
        page.starts.push_back(page.text.size());
        append_item(page.text, fields, items[index], frame, call.speller);
    }
    return {};
}

} // namespace pcmirror::simulator
