#include "sync/write/secrets.hpp"

#include <nlohmann/json.hpp>

namespace pcmirror {
namespace {

void mask(std::string& text, const std::string& secret) {
    constexpr std::string_view masked = "***";
    for (std::size_t at = text.find(secret); at != std::string::npos;
         at = text.find(secret, at + masked.size()))
        text.replace(at, secret.size(), masked);
}

} // namespace

std::string without_secrets(std::string text, const std::map<std::string, std::string>& secrets) {
    for (const auto& [field, secret] : secrets) {
        if (secret.empty())
            continue;
        const std::string quoted = nlohmann::json(secret).dump();
        const std::string spelt = quoted.substr(1, quoted.size() - 2);
        mask(text, secret);
        if (spelt != secret)
            mask(text, spelt);
    }
    return text;
}

void mask_secrets(Document& document, const std::map<std::string, std::string>& secrets) {
    for (auto& [name, value] : document.members())
        mask_secrets(value, secrets);
    for (Document& element : document.elements())
        mask_secrets(element, secrets);
    const bool is_leaf =
        document.kind() == Document::Kind::string || document.kind() == Document::Kind::number;
    if (!is_leaf)
        return;
    std::string masked = without_secrets(document.text(), secrets);
    if (masked != document.text())
        document = Document::text(std::move(masked));
}

} // namespace pcmirror
