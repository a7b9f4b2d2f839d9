#pragma once

#include <filesystem>
#include <memory>
#include <string>

namespace pcmirror {

/// A certificate with its key, both in PEM format.
struct Identity {
    std::string certificate;
    std::string key;
};

struct CertificateWish {
    std::string names = "DNS:localhost,IP:127.0.0.1";
    int first_day = -1; ///< from today
    int last_day = 1;
};

/// A certificate authority made for one test; its own certificate is in a file.
class Authority {
  public:
    explicit Authority(const std::string& name = "Test authority");
    ~Authority();
    Authority(const Authority&) = delete;
    Authority& operator=(const Authority&) = delete;

    [[nodiscard]] Identity issue(const CertificateWish& wish = {}) const;

    [[nodiscard]] const std::filesystem::path& file() const { return file_; }

  private:
    struct Keys;
    std::unique_ptr<Keys> keys_;
    std::filesystem::path file_;
};

/// A certificate that vouches for itself.
Identity self_signed(const CertificateWish& wish = {});

} // namespace pcmirror
