// Parts of a run and their merge: the numbers of one run, and nothing else accepted.
#include "rotoscope/phases/shard.hpp"

#include "rope_models.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <regex>

#include "rotoscope/checkpoint/sha256.hpp"
#include "rotoscope/core/error.hpp"

namespace rotoscope::rope_tests {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using testing::HasSubstr;

/// Two layers of six heads on three key heads: six groups.
class Shards : public testing::Test {
protected:
    static constexpr std::size_t width = 40;

    Shards() {
        for (const char* layer : {"model.layers.0.self_attn.", "model.layers.1.self_attn."}) {
            tensors_.add(std::string(layer) + "q_proj.weight", {24, width});
            tensors_.add(std::string(layer) + "k_proj.weight", {12, width});
        }
    }
    /// Writes the model as it is now.
    void write_model() {
        options_.checkpoint = tensors_.write(fmt::format(
            R"({{"model_type": "llama", "num_attention_heads": 6, "num_key_value_heads": 3, "head_dim": 4,
                 "num_hidden_layers": 2, "hidden_size": {}, "rope_theta": 100.0, "max_position_embeddings": 40}})",
            width));
    }
    fs::path write_part(std::size_t index, std::size_t count, unsigned threads = 2, const char* folder = "parts") {
        ThreadPool pool(threads);
        Progress progress(false);
        Context context{pool, progress};
        return write_phases_part(options_, {index, count}, parts_.path() / folder, context).file;
    }
    std::vector<fs::path> write_parts(std::size_t count, unsigned threads = 2, const char* folder = "parts") {
        std::vector<fs::path> files;
        for (std::size_t i = 0; i < count; ++i) files.push_back(write_part(i, count, threads, folder));
        return files;
    }
    static Result merge(const std::vector<fs::path>& parts) {
        ThreadPool pool(1);
        Progress progress(false);
        Context context{pool, progress};
        return merge_phases(parts, context).result;
    }
    /// The message of the Error (input) that a merge ends in.
    static std::string refusal(const std::vector<fs::path>& parts) {
        try {
            static_cast<void>(merge(parts));
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ExitCode::input) << error.what();
            return error.what();
        }
        return "accepted";
    }
    /// A file of this text with the line of its hash made anew.
    fs::path seal(const std::string& text) const {
        const std::string before = text.substr(0, text.rfind("  \"sha256\""));
        return parts_.write("sealed.json", before + "  \"sha256\": \"" + sha256_of(before) + "\"\n}\n");
    }
    /// The text of a document in which the fingerprint is that of its job, sealed.
    fs::path seal(Json document) const {
        document["fingerprint"] = sha256_of(document["job"].dump());
        document.erase("sha256");
        std::string text = document.dump(2);
        text.resize(text.size() - 2);  // the end of the object
        return seal(text + ",\n  \"sha256\": \"\"\n}\n");
    }

    Tensors tensors_;
    PhasesOptions options_;
    test::TemporaryFolder parts_;
};

/// Everything of a result but its figures as text; doubles by their bits.
std::string text_of(const Result& result) {
    std::string text = result.tool + std::to_string(result.seed);
    for (const auto& [name, value] : result.options) text += name + "=" + value + "\n";
    for (const InputRecord& input : result.inputs)
        text += fmt::format("{} {} {} {}\n", input.path, input.bytes, input.sha256.value_or("-"),
                            input.header_sha256.value_or("-"));
    for (const std::string& note : result.notes) text += note + "\n";
    for (const auto& [name, value] : result.summary) text += name + ": " + value + "\n";
    const auto add_tables = [&](const std::vector<Table>& tables) {
        for (const Table& each : tables) {
            text += each.name() + each.caption() + "\n";
            for (std::size_t row = 0; row < each.rows(); ++row)
                for (std::size_t column = 0; column < each.columns().size(); ++column) {
                    const Cell& cell = each.at(row, column);
                    if (const auto* real = std::get_if<double>(&cell))
                        text += std::isnan(*real) ? "nan;" : fmt::format("{:x};", std::bit_cast<std::uint64_t>(*real));
                    else if (const auto* whole = std::get_if<std::int64_t>(&cell)) text += fmt::format("{};", *whole);
                    else if (const auto* word = std::get_if<std::string>(&cell)) text += *word + ";";
                    else text += ";";
                }
        }
    };
    add_tables(result.terminal);
    add_tables(result.tables);
    for (const Figure& figure : result.figures) text += figure.name + figure.caption + figure.note + "\n";
    return text;
}

TEST_F(Shards, AnyNumberOfPartsInAnyOrderIsTheWhole) {
    tensors_.values[0][5] = std::nan("");
    tensors_.values[2][7] = -INFINITY;
    tensors_.values[1][40] = -0.0;
    write_model();
    for (const bool histogram : {false, true}) {
        options_.histogram = histogram ? std::optional(2.0) : std::nullopt;
        options_.seed = std::numeric_limits<std::uint64_t>::max() - 1;
        const std::string whole = text_of(run(options_));
        EXPECT_THAT(whole, HasSubstr("not finite"));
        EXPECT_THAT(whole, HasSubstr("nan;"));
        for (const std::size_t count : {1U, 2U, 3U, 5U, 6U, 7U, 20U}) {
            SCOPED_TRACE(count);
            std::vector<fs::path> files = write_parts(count);
            EXPECT_TRUE(text_of(merge(files)) == whole);
            std::ranges::reverse(files);
            EXPECT_TRUE(text_of(merge(files)) == whole);
            std::ranges::rotate(files, files.begin() + static_cast<std::ptrdiff_t>(count / 2));
            EXPECT_TRUE(text_of(merge(files)) == whole);
        }
    }
}

TEST_F(Shards, SelectionsAreMergedToo) {
    write_model();
    options_.layers = {1};
    options_.heads = {0, 1, 3, 5};
    options_.context = 1000;
    EXPECT_TRUE(text_of(merge(write_parts(2))) == text_of(run(options_)));
}

TEST_F(Shards, ThreadsChangeNoByteOfAPart) {
    write_model();
    options_.histogram = 1.0;
    for (std::size_t i = 0; i < 2; ++i)
        EXPECT_EQ(test::read_bytes(write_part(i, 2, 1, "one")), test::read_bytes(write_part(i, 2, 8, "eight")));
}

TEST_F(Shards, AlmostEqualLoads) {
    write_model();
    // Six groups of equal size: the counts are the share rounded.
    for (std::size_t count = 1; count <= 8; ++count) {
        std::size_t next = 0;
        for (const fs::path& file : write_parts(count)) {
            const Json part = Json::parse(test::read_bytes(file));
            const std::size_t begin = part["groups"][0], end = part["groups"][1];
            EXPECT_EQ(begin, std::min(next, std::size_t{6}));
            EXPECT_LE(end - begin, (6 + count - 1) / count);
            EXPECT_GE(end - begin, 6 / count);
            EXPECT_EQ(part["sums"].size(), 2 * (end - begin));
            next = end;
        }
        EXPECT_EQ(next, 6U);
    }
}

// Groups of 3, 2 and 2 heads' bytes in each layer: a cut is where the bytes before it are nearest to their share, so a
// part has at most the larger half of a group too much at either end.
TEST_F(Shards, UnequalGroupsAreSharedOutByBytes) {
    write_model();
    options_.heads = {0, 1, 2, 4};
    const std::vector<double> bytes{3, 2, 2, 3, 2, 2};
    for (std::size_t count = 1; count <= 6; ++count)
        for (const fs::path& file : write_parts(count)) {
            const Json part = Json::parse(test::read_bytes(file));
            const auto at = [&](std::size_t i) { return bytes.begin() + part["groups"][i].get<std::ptrdiff_t>(); };
            const double load = std::accumulate(at(0), at(1), 0.0);
            EXPECT_GT(load, 0.0);
            EXPECT_LE(std::abs(load - 14.0 / static_cast<double>(count)), 3.0) << file;
        }
}

TEST_F(Shards, RefusesMissingDuplicateAndForeignParts) {
    write_model();
    const std::vector<fs::path> files = write_parts(3);
    EXPECT_THAT(refusal({files[0], files[2]}), HasSubstr("of 3 parts 2 are given; missing: 1"));
    EXPECT_THAT(refusal({files[1]}), HasSubstr("missing: 0, 2"));
    EXPECT_THAT(refusal({files[0], files[1], files[2], files[1]}),
                testing::AllOf(HasSubstr(files[1].string()), HasSubstr("is part 1 of 3, as")));
    const fs::path of_two = write_part(1, 2);
    EXPECT_THAT(refusal({files[0], of_two}),
                testing::AllOf(HasSubstr(of_two.string()), HasSubstr("is one of 2 parts")));
    options_.context = 41;
    const fs::path foreign = write_part(1, 3, 2, "other");
    EXPECT_THAT(refusal({files[0], foreign, files[2]}),
                testing::AllOf(HasSubstr(foreign.string()), HasSubstr("is of another run than")));
    EXPECT_THAT(refusal({parts_.path() / "none.json"}), HasSubstr("none.json"));
}

TEST_F(Shards, EveryPrefixAndEveryChangedByteIsRefused) {
    write_model();
    options_.layers = {0};
    options_.heads = {0};
    const std::string text = test::read_bytes(write_part(0, 1));
    ASSERT_EQ(refusal({parts_.write("whole.json", text)}), "accepted");
    for (std::size_t size = 0; size < text.size(); ++size)
        ASSERT_THAT(refusal({parts_.write("cut.json", std::string_view(text).substr(0, size))}), HasSubstr("cut.json"));
    for (std::size_t i = 0; i < text.size(); ++i) {
        std::string changed = text;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        ASSERT_NE(refusal({parts_.write("changed.json", changed)}), "accepted") << i;
    }
}

/// Every member of the document, however deep, given to `visit` with its pointer.
void for_each_member(const Json& value, const std::string& pointer,
                     const std::function<void(const Json::json_pointer&)>& visit) {
    if (!pointer.empty()) visit(Json::json_pointer(pointer));
    if (value.is_object())
        for (const auto& [key, member] : value.items()) for_each_member(member, pointer + "/" + key, visit);
    if (value.is_array())
        for (std::size_t i = 0; i < value.size(); ++i)
            for_each_member(value[i], pointer + "/" + std::to_string(i), visit);
}

TEST_F(Shards, MembersOfAnotherTypeOrRangeAreRefused) {
    write_model();
    options_.layers = {1};
    options_.heads = {4, 5};
    options_.histogram = 1.0;
    const Json part = Json::parse(test::read_bytes(write_part(0, 1)));
    ASSERT_EQ(refusal({seal(part)}), "accepted");
    // Lists of what was read and asked may have any length, and a hash may be of the one kind or the other.
    const std::regex optional("/job/(inputs|options)/[0-9]+|.*sha256");
    std::size_t members = 0;
    for_each_member(part, "", [&](const Json::json_pointer& pointer) {
        const std::string name = pointer.to_string();
        if (name == "/sha256" || name == "/fingerprint") return;
        ++members;
        const Json& value = part[pointer];
        const bool is_real = value.is_number_float() || name.starts_with("/sums/");
        for (const Json& other :
             {Json("x"), Json(-1), Json(1e300), Json(nullptr), Json(Json::array()), Json(Json::object()), Json(0.5)}) {
            // Any text may stand for a text, any double for a double, any list for a list.
            if ((value.is_string() || value.is_array()) && other.type() == value.type()) continue;
            if (is_real && other.is_number()) continue;
            Json changed = part;
            changed[pointer] = other;
            EXPECT_NE(refusal({seal(changed)}), "accepted") << name << " " << other;
        }
        if (std::regex_match(name, optional)) return;
        Json without = part;
        Json& parent = without[pointer.parent_pointer()];
        if (parent.is_array()) parent.erase(static_cast<std::size_t>(std::stoul(pointer.back())));
        else parent.erase(pointer.back());
        EXPECT_NE(refusal({seal(without)}), "accepted") << name << " left out";
    });
    EXPECT_GT(members, 500U);
}

TEST_F(Shards, AbsurdNumbersAreRefused) {
    write_model();
    options_.histogram = 1.0;
    const Json part = Json::parse(test::read_bytes(write_part(0, 2)));
    const struct {
        const char* pointer;
        Json value;
        const char* message;
    } cases[] = {
        {"/schema", "rotoscope.part/2", "is of the schema 'rotoscope.part/2'"},
        {"/version", "99.0", "was written by rotoscope '99.0'"},
        {"/of", 0, "'of' is not"},
        {"/of", std::uint64_t{1} << 40, "'of' is not"},
        {"/shard", 2, "'shard' is not"},
        {"/groups/1", 7, "'groups/1' is not"},
        {"/groups/1", 2, "rows of 'sums'"},
        {"/groups/0", 1, "rows of 'sums'"},
        {"/job/seed", "18446744073709551616", "'job/seed'"},
        {"/job/model/layers", std::uint64_t{1} << 50, "'job/model/layers'"},
        {"/job/model/layers", 1'000'000'000, "'job/rope/schedule_of_layer'"},
        {"/job/model/heads", 7, "'job/model/key_heads'"},
        {"/job/model/key_heads", 0, "'job/model/key_heads'"},
        {"/job/model/layout", "spiral", "'job/model/layout'"},
        {"/job/model/model_dim", 41, "weights a row"},
        {"/job/rope/head_dim", 1 << 30, "'job/rope/head_dim'"},
        {"/job/rope/rotary_dim", 3, "'job/rope/rotary_dim'"},
        {"/job/rope/context", 0, "'job/rope/context'"},
        {"/job/rope/schedules/0/frequencies", Json::array({1.0}), "2 frequencies"},
        {"/job/rope/schedules/0/frequencies/0", 1e300, "2 frequencies"},
        {"/job/rope/schedules/0/frequencies/0", "NaN", "2 frequencies"},
        {"/job/rope/schedule_of_layer/0", 1, "schedule_of_layer/0"},
        {"/job/layers", Json::array({0, 0}), "'job/layers'"},
        {"/job/layers", Json::array({2}), "'job/layers/0'"},
        {"/job/heads", Json::array(), "'job/heads'"},
        {"/job/histogram", -1.0, "'job/histogram'"},
        {"/job/histogram", nullptr, "rows of 'counts'"},
        {"/counts/0/3", 1'000'000, "weights a row"},
        {"/counts/0/3", 1e17, "'counts'"},
        {"/sums/1", Json::array({1.0}), "'sums/2'"},
        {"/sums/0/0", "nan", "'sums/0'"},
    };
    for (const auto& each : cases) {
        Json changed = part;
        changed[Json::json_pointer(each.pointer)] = each.value;
        EXPECT_THAT(refusal({seal(changed)}), HasSubstr(each.message)) << each.pointer << " " << each.value;
    }
    Json forged = part;
    forged["job"]["rope"]["context"] = 50;
    std::string text = forged.dump(2);
    text.replace(text.find("\"fingerprint\": \"") + 16, 4, "0000");
    EXPECT_NE(refusal({seal(text)}), "accepted");
}

TEST_F(Shards, SelectiveRopeHasNoParts) {
    options_.checkpoint = test::source_path("data/checkpoints/parity-srope");
    try {
        static_cast<void>(write_part(0, 2));
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::usage);
        EXPECT_THAT(error.what(), HasSubstr("applies to models with fixed RoPE"));
    }
    EXPECT_FALSE(fs::exists(parts_.path() / "parts"));
}

}  // namespace
}  // namespace rotoscope::rope_tests
