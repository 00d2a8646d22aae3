#include "json_scan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <numeric>
#include <utility>

#include "rotoscope/checkpoint/json_table.hpp"
#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {

/// Appends a node for each value, then sorts: duplicates become neighbours, so no hash table, and no hostile
/// collisions.
class JsonTableBuilder final : public JsonEvents {
public:
    JsonTableBuilder(const JsonSource& source, const JsonLimits& limits) : source_(source), limits_(limits) {}

    void null() override { add(JsonKind::null, 0); }
    void boolean(bool value) override { add(JsonKind::boolean, value ? 1 : 0); }
    void whole(std::uint64_t value) override {
        if (std::in_range<std::int64_t>(value)) add(JsonKind::integer, value);
        else real(static_cast<double>(value));
    }
    void negative(std::int64_t value) override { add(JsonKind::integer, std::bit_cast<std::uint64_t>(value)); }
    void real(double value) override { add(JsonKind::real, std::bit_cast<std::uint64_t>(value)); }
    void string(std::string_view value) override { add(JsonKind::string, std::bit_cast<std::uint64_t>(keep(value))); }
    void begin_object() override { enter(JsonKind::object); }
    void key(std::string_view name) override {
        key_ = keep(name);
        key_offset_ = source_.token();
    }
    void end_object() override { open_.pop_back(); }
    void begin_array() override { enter(JsonKind::array); }
    void end_array() override { open_.pop_back(); }

    JsonTable finish() {
        table_.nodes_.shrink_to_fit();
        table_.texts_.shrink_to_fit();
        std::vector<std::uint32_t>& sorted = table_.sorted_;
        sorted.resize(table_.nodes_.empty() ? 0 : table_.nodes_.size() - 1);
        std::iota(sorted.begin(), sorted.end(), 1U);
        std::sort(sorted.begin(), sorted.end(), [&](auto a, auto b) { return table_.comes_before(a, b); });
        refuse_duplicates();
        return std::move(table_);
    }

private:
    struct Open {
        std::uint32_t node;
        std::uint32_t elements;
    };

    JsonTable::Text keep(std::string_view text) {
        const JsonTable::Text kept{static_cast<std::uint32_t>(table_.texts_.size()),
                                   static_cast<std::uint32_t>(text.size())};
        table_.texts_ += text;
        return kept;
    }

    void add(JsonKind kind, std::uint64_t value) {
        if (table_.nodes_.size() > limits_.entries)
            throw input_error(fmt::format("has more than {} JSON entries", format_count(limits_.entries)))
                .at_offset(source_.token());
        JsonTable::Node node{.parent = 0, .offset = 0, .key = key_, .value = value, .kind = kind};
        const bool in_array = !open_.empty() && table_.nodes_[open_.back().node].kind == JsonKind::array;
        node.offset = static_cast<std::uint32_t>(in_array ? source_.token() : key_offset_);
        if (!open_.empty()) node.parent = open_.back().node;
        if (in_array) node.key = {open_.back().elements++, 0};
        table_.nodes_.push_back(node);
    }

    void enter(JsonKind kind) {
        add(kind, 0);
        open_.push_back({static_cast<std::uint32_t>(table_.nodes_.size() - 1), 0});
    }

    void refuse_duplicates() const {
        const auto twice = std::adjacent_find(table_.sorted_.begin(), table_.sorted_.end(),
                                              [&](auto a, auto b) { return !table_.comes_before(a, b); });
        if (twice == table_.sorted_.end()) return;
        const JsonTable::Node& first = table_.nodes_[*twice];
        const JsonTable::Node& second = table_.nodes_[*std::next(twice)];
        throw input_error(fmt::format("the key {} appears twice in one object", quote(table_.view(first.key))))
            .at_offset(std::max(first.offset, second.offset));
    }

    const JsonSource& source_;
    JsonLimits limits_;
    JsonTable table_;
    std::vector<Open> open_;
    JsonTable::Text key_;
    std::uint64_t key_offset_ = 0;
};

namespace {

/// Keeps the cells of rows out of the table: between the text and a builder.
class JsonRowReader final : public JsonEvents {
public:
    JsonRowReader(const JsonSource& source, JsonTableBuilder& builder, std::span<const JsonRows> rows)
        : source_(source), builder_(builder), rows_(rows) {}

    void null() override {
        if (is_cell(JsonKind::null, "", 0.0)) return;
        builder_.null();
    }
    void boolean(bool value) override {
        if (is_cell(JsonKind::boolean, "", value ? 1.0 : 0.0)) return;
        builder_.boolean(value);
    }
    void whole(std::uint64_t value) override {
        if (is_cell(JsonKind::integer, "", static_cast<double>(value))) return;
        builder_.whole(value);
    }
    void negative(std::int64_t value) override {
        if (is_cell(JsonKind::integer, "", static_cast<double>(value))) return;
        builder_.negative(value);
    }
    void real(double value) override {
        if (is_cell(JsonKind::real, "", value)) return;
        builder_.real(value);
    }
    void string(std::string_view value) override {
        if (is_cell(JsonKind::string, value, 0.0)) return;
        builder_.string(value);
    }
    void begin_object() override {
        if (awaited_ != nullptr || current_ != nullptr) refuse();
        ++depth_;
        builder_.begin_object();
    }
    void key(std::string_view name) override {
        if (depth_ == 1)
            for (const JsonRows& each : rows_)
                if (each.key == name) awaited_ = &each;
        builder_.key(name);
    }
    void end_object() override {
        --depth_;
        builder_.end_object();
    }
    void begin_array() override {
        if (current_ != nullptr) {
            if (in_row_) refuse();
            in_row_ = true;
            return;
        }
        current_ = std::exchange(awaited_, nullptr);
        row_ = 0;
        ++depth_;
        builder_.begin_array();
    }
    void end_array() override {
        if (in_row_) {
            in_row_ = false;
            ++row_;
            return;
        }
        current_ = nullptr;
        --depth_;
        builder_.end_array();
    }

private:
    [[noreturn]] void refuse() const {
        throw input_error(fmt::format("the value of {} is not an array of rows of numbers",
                                      quote((current_ ? current_ : awaited_)->key)))
            .at_offset(source_.token());
    }

    /// Whether the scalar belongs to a row, which has it then.
    bool is_cell(JsonKind kind, std::string_view text, double number) {
        if (awaited_ == nullptr && current_ == nullptr) return false;
        if (!in_row_) refuse();
        current_->add(row_, {.key = {}, .kind = kind, .text = text, .number = number});
        return true;
    }

    const JsonSource& source_;
    JsonTableBuilder& builder_;
    std::span<const JsonRows> rows_;
    const JsonRows* awaited_ = nullptr;  ///< whose key was read
    const JsonRows* current_ = nullptr;  ///< whose array is open
    bool in_row_ = false;
    std::size_t row_ = 0;
    std::size_t depth_ = 0;
};

JsonTable build(JsonSource source, std::uint64_t bytes, const JsonLimits& limits, std::span<const JsonRows> rows) {
    if (bytes > limits.bytes)
        throw input_error(
            fmt::format("has {} of JSON; expected at most {}", format_bytes(bytes), format_bytes(limits.bytes)));
    JsonTableBuilder builder(source, limits);
    if (rows.empty()) {
        scan_json(source, builder);
    } else {
        JsonRowReader reader(source, builder, rows);
        scan_json(source, reader);
    }
    return builder.finish();
}

}  // namespace

JsonTable parse_json(std::string_view text, const JsonLimits& limits) {
    return build(JsonSource(text), text.size(), limits, {});
}

JsonTable read_json(const InputFile& file, const JsonLimits& limits, std::span<const JsonRows> rows) {
    try {
        return build(JsonSource(file, 0, file.size()), file.size(), limits, rows);
    } catch (Error& error) {
        throw error.in_file(file.path().string());
    }
}

}  // namespace rotoscope
