#include "config/keys.hpp"
#include "systemd/manual/pages.hpp"
#include "systemd/manual/roff.hpp"

#include <algorithm>
#include <regex>
#include <sstream>
#include <vector>

namespace pcmirror::manual {
namespace {

/// `schedules.customers.every` -> `schedules.*.every`
std::string general(const std::string& path) {
    static const std::regex of_resource(R"(^(schedules|delete_guard\.resources)\.[a-z_]+)");
    return std::regex_replace(path, of_resource, "$1.*");
}

bool is_key(const std::string& path) {
    const std::string wanted = general(path);
    return std::ranges::any_of(known_keys(), [&](const std::string& known) {
        return known == wanted || known.starts_with(wanted + '.');
    });
}

/// Reads the file line by line, and writes the page as it goes.
class Page {
  public:
    void take(const std::string& line) {
        static const std::regex key(R"(^( *)(# )?([a-z_]+):( .*)?$)");
        static const std::regex comment(R"(^ *# ?(.*)$)");
        std::smatch found;
        if (std::regex_match(line, found, key)) {
            const std::string path = path_of(found[1].str().size() / 2, found[3]);
            const bool commented = found[2].matched;
            if (!commented || is_key(path))
                return take_key(path, found[4]);
        }
        if (std::regex_match(line, found, comment))
            comment_.push_back(found[1]);
        else
            end_paragraph();
    }

    std::string end() {
        end_item();
        return text_;
    }

  private:
    std::string path_of(std::size_t depth, const std::string& name) {
        names_.resize(depth);
        names_.push_back(name);
        std::string path;
        for (const std::string& one : names_)
            path += (path.empty() ? "" : ".") + one;
        return path;
    }

    void take_key(const std::string& path, const std::string& value) {
        if (names_.size() == 1 && value.empty()) {
            end_item();
            text_ += ".SS \"" + escaped(path) + "\"\n" + paragraph();
            return;
        }
        // What has no comment of its own is meant by the one above.
        const bool goes_on = comment_.empty() && !tags_.empty();
        if (!goes_on) {
            end_item();
            about_ = paragraph();
        }
        tags_.push_back(path + ":" + value);
    }

    void end_item() {
        for (const std::string& tag : tags_)
            text_ += (&tag == &tags_.front() ? ".TP\n\\fB" : ".TQ\n\\fB") + escaped(tag) + "\\fR\n";
        if (!tags_.empty())
            text_ += about_.empty() ? "\\&\n" : about_;
        tags_.clear();
        about_.clear();
    }

    /// An empty line ends the list of keys that share a comment, and a comment that is about none.
    void end_paragraph() {
        end_item();
        if (names_.empty())
            text_ += paragraph();
    }

    /// The comment that was read; a line such as `app_only: ...` stays a line.
    std::string paragraph() {
        static const std::regex choice(R"(^[a-z_0-9]+(, [a-z_]+)*: .*$)");
        std::string text;
        for (const std::string& line : comment_) {
            if (std::regex_match(line, choice))
                text += ".br\n";
            text += line.empty() ? ".PP\n" : escaped(line) + '\n';
        }
        comment_.clear();
        return text;
    }

    std::vector<std::string> names_;   ///< of the key read last, outermost first
    std::vector<std::string> comment_; ///< lines that wait for their key
    std::vector<std::string> tags_;    ///< keys that wait for what they share
    std::string about_;
    std::string text_;
};

} // namespace

std::string config_page(std::string_view yaml) {
    std::string text = page_head("pcmirror.yaml", '5', "File Formats");
    text += heading("NAME");
    text += "pcmirror.yaml \\- configuration of pcmirror\n";
    text += heading("DESCRIPTION");
    Page page;
    std::istringstream lines{std::string(yaml)};
    for (std::string line; std::getline(lines, line);)
        page.take(line);
    text += page.end();
    text += heading("FILES");
    text += item("/etc/pcmirror/pcmirror.yaml", "what the service and all commands read");
    text += item("/usr/share/doc/pcmirror/config/pcmirror.yaml", "as shipped");
    text += heading("SEE ALSO");
    return text + "\\fBpcmirror\\fR(1)\n";
}

} // namespace pcmirror::manual
