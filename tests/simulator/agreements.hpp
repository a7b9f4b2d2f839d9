#pragma once

#include "tests/simulator/item.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace pcmirror::simulator {

inline constexpr Field agreement_metadata_fields[] = {
    {"templateId", "template_id", Kind::text},
    {"agreementType", "agreement_type", Kind::text},
    {"agreementLink", "agreement_link", Kind::text},
    {"versionRank", "version_rank", Kind::integer},
};

inline constexpr Field agreement_fields[] = {
    {"userId", "", Kind::text, {}, false, Shown::in_detail}, // of the answer to who confirms it
    {"primaryContact", "primary_contact", Kind::json},
    {"templateId", "template_id", Kind::text},
    {"dateAgreed", "date_agreed", Kind::moment},
    {"type", "agreement_type", Kind::text},
    {"agreementLink", "agreement_link", Kind::text},
};

/// The one that is meant where no type is asked for.
inline constexpr std::string_view default_agreement_type = "MicrosoftCloudAgreement";

/// What can be agreed to; the same for all customers.
std::vector<Item> agreement_templates();

/// What a customer has agreed to as the world was made.
std::vector<Item> make_agreements(std::uint64_t seed, std::uint32_t customer);

} // namespace pcmirror::simulator
