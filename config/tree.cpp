#include "config/tree.hpp"

#include "config/builder.hpp"
#include "config/syntax.hpp"

#include <optional>
#include <sstream>
#include <utility>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

namespace pcmirror {

namespace {

Position position(const Lines& lines, const YAML::Mark& mark) {
    return lines.position(mark.line, mark.column);
}

/// yaml-cpp's spelling of "no tag" is "?" for a plain value and "!" for a quoted one.
std::string_view explicit_tag(const std::string& tag) {
    return tag == "?" || tag == "!" ? std::string_view() : std::string_view(tag);
}

class Events : public YAML::EventHandler {
  public:
    Events(const Lines& lines, TreeBuilder& builder) : lines_(lines), builder_(builder) {}

    void OnDocumentStart(const YAML::Mark&) override {}

    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        builder_.null(position(lines_, mark), anchor);
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        builder_.alias(position(lines_, mark), anchor);
    }

    void OnScalar(
        const YAML::Mark& mark,
        const std::string& tag,
        YAML::anchor_t anchor,
        const std::string& value
    ) override {
        const Position at = position(lines_, mark);
        const bool quoted = tag == "!";
        if (quoted && !quote_closes(lines_, at))
            throw YAML::ParserException(mark, "quote not closed");
        builder_.scalar(at, explicit_tag(tag), anchor, value, quoted);
    }

    void OnSequenceStart(
        const YAML::Mark& mark,
        const std::string& tag,
        YAML::anchor_t anchor,
        YAML::EmitterStyle::value
    ) override {
        builder_.start(TreeNode::Kind::list, position(lines_, mark), explicit_tag(tag), anchor);
    }

    void OnSequenceEnd() override { builder_.end(); }

    void OnMapStart(
        const YAML::Mark& mark,
        const std::string& tag,
        YAML::anchor_t anchor,
        YAML::EmitterStyle::value
    ) override {
        builder_.start(TreeNode::Kind::map, position(lines_, mark), explicit_tag(tag), anchor);
    }

    void OnMapEnd() override { builder_.end(); }

  private:
    const Lines& lines_;
    TreeBuilder& builder_;
};

/// Notes where a second document starts, and nothing of what is in it.
class SecondDocument : public YAML::EventHandler {
  public:
    std::optional<YAML::Mark> at;

    void OnDocumentStart(const YAML::Mark& mark) override { at = mark; }

    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark&, YAML::anchor_t) override {}

    void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}

    void
    OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}

    void OnSequenceStart(
        const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value
    ) override {}

    void OnSequenceEnd() override {}

    void OnMapStart(
        const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value
    ) override {}

    void OnMapEnd() override {}
};

/// Throws what yaml-cpp throws.
Tree parse(
    const Lines& lines,
    const Environment& environment,
    const StandIns& stand_ins,
    Problems& problems
) {
    Problems found;
    TreeBuilder builder(environment, stand_ins, found);
    std::istringstream input{std::string(lines.text())};
    YAML::Parser parser(input);
    Events events(lines, builder);
    SecondDocument second;
    if (parser.HandleNextDocument(events))
        parser.HandleNextDocument(second);
    if (second.at)
        found.add(
            {position(lines, *second.at), {}, "a second document starts here (one document)", {}}
        );
    Tree tree = builder.take();
    problems.add(found);
    return tree;
}

} // namespace

Tree read_tree(std::string_view yaml, const Environment& environment, Problems& problems) {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    constexpr std::size_t most_stand_ins = 50;
    if (yaml.starts_with(byte_order_mark))
        yaml.remove_prefix(byte_order_mark.size());
    if (const auto flaw = flaw_in_encoding(Lines(yaml))) {
        problems.add({flaw->at, {}, flaw->what, flaw->hint});
        return {};
    }
    std::string text(yaml);
    StandIns stand_ins;
    while (true) {
        // The stand-ins are as long as what they replace: places stay the same.
        const Lines lines(text);
        try {
            return parse(lines, environment, stand_ins, problems);
        } catch (const YAML::Exception& error) {
            const SyntaxError flaw = explain_syntax(lines, position(lines, error.mark), error.msg);
            stand_ins.emplace(flaw.at, Problem{flaw.at, {}, flaw.what, flaw.hint});
            if (!flaw.unquoted_at || stand_ins.size() > most_stand_ins)
                break;
            // One such value must not hide what else is wrong: a letter stands in for the sign.
            text[*flaw.unquoted_at] = '_';
        }
    }
    for (const auto& [at, problem] : stand_ins)
        problems.add(problem);
    return {};
}

} // namespace pcmirror
