#pragma once

#include "tests/simulator/draw.hpp"
#include "tests/simulator/item.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// Values of single members of subscriptions.
namespace pcmirror::simulator {

std::string friendly_name(Draw& draw, std::string_view offer_name);

/// Ids of new-commerce orders: hex digits, or a form whose case matters.
std::string modern_order_id(Draw& draw);

Json refundable_quantity(Draw& draw);

Jsons refund_options(Draw& draw);

/// Instructions for the next term, as they stand in two members.
Json next_term(Draw& draw, std::string_view product);

std::vector<Unknown> unknown_subscription_members(Draw& draw);

/// base64 of `{"id":"<guid>","version":2}`, as legacy subscriptions carry it.
std::string etag_of(std::string_view id, std::uint64_t version);

std::uint64_t version_of_etag(std::string_view etag);

} // namespace pcmirror::simulator
