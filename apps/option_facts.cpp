#include "option_facts.hpp"

#include <regex>
#include <set>

namespace rotoscope::apps {
namespace {

std::vector<std::string> split_words(const std::string& list) {
    static const std::regex word("[A-Za-z0-9_.-]+");
    return {std::sregex_token_iterator(list.begin(), list.end(), word), std::sregex_token_iterator()};
}

/// Of a type such as "KIND:{embeddings,sphere}", or of a description that ends in ": iclr, neurips, icml, plain".
std::vector<std::string> find_choices(const std::string& type, const std::string& description) {
    static const std::regex members(R"(.*\{(.*)\})");
    static const std::regex listed(R"(.*: ([a-z0-9]+(, [a-z0-9]+)+))");
    std::smatch found;
    if (std::regex_match(type, found, members) || std::regex_match(description, found, listed))
        return split_words(found[1]);
    return {};
}

OptionFacts facts_of(const CLI::Option& option) {
    OptionFacts facts;
    if (!option.get_positional()) {
        for (const std::string& name : option.get_snames()) facts.names.push_back("-" + name);
        for (const std::string& name : option.get_lnames()) facts.names.push_back("--" + name);
    }
    const std::string type = option.get_type_size() == 0 ? "" : option.get_type_name();
    facts.value = option.get_positional() ? option.get_name(true, false) : type.substr(0, type.find(':'));
    facts.description = option.get_description();
    facts.initial = option.get_default_str();
    facts.group = option.get_group();
    facts.choices = find_choices(type, facts.description);
    facts.required = option.get_required();
    std::set<std::string> excluded;  // CLI11 keeps pointers, in no order
    for (const CLI::Option* other : option.get_excludes()) excluded.insert(other->get_name());
    for (const std::string& name : excluded) facts.excludes += (facts.excludes.empty() ? "" : ", ") + name;
    return facts;
}

}  // namespace

bool OptionFacts::is_file() const {
    return value == "PATH" || value == "CHECKPOINT" || value.find("FILE") != std::string::npos;
}

std::vector<OptionFacts> option_facts(const CLI::App& app) {
    std::vector<OptionFacts> options;
    for (const CLI::Option* option : app.get_options())
        if (!option->get_group().empty()) options.push_back(facts_of(*option));
    return options;
}

}  // namespace rotoscope::apps
