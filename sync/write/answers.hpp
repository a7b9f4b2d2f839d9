#pragma once

#include "sync/gateway/partner_center.hpp"
#include "sync/write/document.hpp"

namespace pcmirror {

/// Whether a success was told in another language than the API's, by a proxy or a page that wants a
/// sign-in, or is cut off. It says nothing of what became of the request.
bool is_of_somebody_else(const Answer& answer);

/// What a success says; a null document: nothing that can be read.
Document body_of_success(const Answer& answer);

} // namespace pcmirror
