// Inputs that are missing, broken, or not what the command needs: exit code 3 and what was found, or 0 and a note.
#include "program.hpp"
#include "support/files.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>

#include "rotoscope/checkpoint/checkpoint.hpp"
#include "rotoscope/checkpoint/safetensors_writer.hpp"

namespace rotoscope {
namespace {

namespace fs = std::filesystem;
using test::fails;
using test::run_rotoscope;
using test::succeeds;
using ::testing::HasSubstr;

/// A safetensors file from its parts.
std::string safetensors(const std::string& header, const std::string& data) {
    const std::uint64_t length = header.size();
    return std::string(reinterpret_cast<const char*>(&length), 8) + header + data;
}

/// Both subcommands refuse the file, alone and as the model of a folder.
void expect_refused(const fs::path& file, const std::vector<std::string>& parts) {
    for (const char* command : {"inspect", "phases"})
        EXPECT_TRUE(fails(run_rotoscope({command, file.string()}), ExitCode::input, parts)) << command;
}

/// Overwrites bytes in place.
void patch(const fs::path& file, std::uint64_t offset, const void* bytes, std::size_t count) {
    std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
    stream.seekp(static_cast<std::streamoff>(offset));
    stream.write(static_cast<const char*>(bytes), static_cast<std::streamsize>(count));
    ASSERT_TRUE(stream.good());
}

TEST(RefusedFiles, ThatAreNotThere) {
    const test::TemporaryFolder folder;
    expect_refused(folder.path() / "missing.safetensors", {"missing.safetensors", "does not exist"});
    expect_refused(folder.path(), {"the folder has no model.safetensors"});
    expect_refused("", {});
    expect_refused("/dev/zero", {"/dev/zero"});
    const fs::path fifo = folder.path() / "fifo";
    ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
    expect_refused(fifo, {"fifo"});
    const fs::path link = folder.path() / "model.safetensors";
    fs::create_symlink("nowhere", link);
    expect_refused(folder.path(), {"model.safetensors"});
}

TEST(RefusedFiles, WithBrokenStructure) {
    struct Broken {
        std::string name;
        std::string bytes;
        std::vector<std::string> parts;
    };
    const std::string one = R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";
    const std::string two = R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                            R"("b":{"dtype":"F32","shape":[2],"data_offsets":[)";
    const std::vector<Broken> files{
        {"empty", "", {"empty"}},
        {"short", "1234", {"4 bytes"}},
        {"header_beyond_the_file", safetensors(one, "").substr(0, 30), {"ends behind"}},
        {"truncated", safetensors(one, "1234567"), {"'w'"}},
        {"trailing", safetensors(one, "123456789"), {"1 bytes follow"}},
        {"not_json", safetensors("{this is not JSON}", ""), {}},
        {"not_an_object", safetensors("[1, 2, 3]", ""), {"'['"}},
        {"overlap", safetensors(two + "4,12]}}", std::string(12, '\0')), {"'b'", "inside"}},
        {"hole", safetensors(two + "12,20]}}", std::string(20, '\0')), {"'b'", "hole"}},
        {"twice",
         safetensors(R"({"a":{"dtype":"U8","shape":[],"data_offsets":[0,1]},)"
                     R"("a":{"dtype":"U8","shape":[],"data_offsets":[1,2]}})",
                     "12"),
         {"'a'"}},
        {"size_mismatch",
         safetensors(R"({"w":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})", "12345678"),
         {"'w'"}},
        {"zip", "PK\x03\x04 and more than eight bytes", {"zip"}},
        {"text", "just a text file, nothing else\n", {"is unknown: it begins with 'just a t"}},
    };
    const test::TemporaryFolder folder;
    for (const Broken& file : files) {
        SCOPED_TRACE(file.name);
        std::vector<std::string> parts = file.parts;
        parts.push_back(file.name);
        expect_refused(folder.write(file.name, file.bytes), parts);
    }
}

using RefusedModels = test::SharedCheckpoints;

TEST_F(RefusedModels, TruncatedAnywhere) {
    const test::TemporaryFolder folder;
    const std::string bytes = test::read_bytes(test::checkpoint("parity-srope/model.safetensors"));
    for (const std::size_t size :
         {std::size_t{7}, std::size_t{8}, std::size_t{500}, bytes.size() / 2, bytes.size() - 1})
        expect_refused(folder.write("cut", bytes.substr(0, size)), {"cut"});
}

// What was found is said, and where to look further.
TEST_F(RefusedModels, WithoutRotations) {
    EXPECT_TRUE(fails(run_rotoscope({"phases", test::checkpoint("parity-nope")}), ExitCode::input,
                      {"neither fixed RoPE nor", "gla", "position embedding: none", "rotoscope inspect"}));
    const test::TemporaryFolder folder;
    const fs::path unknown =
        folder.write("unknown", safetensors(R"({"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", "1"));
    EXPECT_TRUE(fails(run_rotoscope({"phases", unknown.string()}), ExitCode::input, {"not recognised"}));
    EXPECT_TRUE(succeeds(run_rotoscope({"inspect", unknown.string()})));
}

// A configuration that does not fit the tensors: the message names the tensor, the shape and what was expected.
TEST_F(RefusedModels, ShapesThatContradictTheConfiguration) {
    struct Change {
        std::string from;
        std::string to;
        std::vector<std::string> parts;
    };
    const std::vector<Change> changes{
        {"\"hidden_size\": 128", "\"hidden_size\": 64", {"tensor", "shape", "expected"}},
        {"\"num_heads\": 4", "\"num_heads\": 8", {"tensor", "shape", "expected"}},
        {"\"expand_k\": 1,", "\"expand_k\": 0.5,", {"tensor", "shape", "expected"}},
        {"\"vocab_size\": 2", "\"vocab_size\": 3", {"model.embeddings.weight", "[2, 128]", "[3, 128]"}},
        {"\"use_gate\": false", "\"use_gate\": true", {"use_gate"}},
        {"\"use_bias\": true", "\"use_bias\": false", {"use_bias", "phi_bias"}},
        {"\"skip_conv\": false", "\"skip_conv\": true", {"skip_conv"}},
        {"\"conv_act\": null", "\"conv_act\": \"gelu\"", {"conv_act", "gelu"}},
        {"\"num_heads\": 4", "\"num_heads\": 0", {"num_heads"}},
        {"\"num_heads\": 4", "\"num_heads\": -4", {"num_heads"}},
        {"\"num_heads\": 4", "\"num_heads\": 1e300", {"num_heads"}},
        {"\"hidden_size\": 128", "\"hidden_size\": 2147483648", {}},
        {"\"hidden_size\": 128,", "\"hidden_size\": 128, \"hidden_size\": 128,", {"hidden_size"}},
        {"\"vocab_size\": 2,", "\"vocab_size\": 2", {"config.json"}},
    };
    for (const Change& change : changes) {
        SCOPED_TRACE(change.to);
        const test::TemporaryFolder folder;
        test::copy_model("parity-srope", folder.path() / "model");
        test::replace_in(folder.path() / "model" / "config.json", change.from, change.to);
        EXPECT_TRUE(fails(
            run_rotoscope({"phases", (folder.path() / "model").string(), "--out", (folder.path() / "out").string()}),
            ExitCode::input, change.parts));
        EXPECT_FALSE(fs::exists(folder.path() / "out"));
    }
}

TEST_F(RefusedModels, ActivationsThatDoNotFit) {
    const std::string model = test::checkpoint("parity-srope");
    const auto with = [&](const std::string& activations) {
        return run_rotoscope({"phases", model, "--activations", activations});
    };
    // mqar has width 64, parity 128.
    EXPECT_TRUE(fails(with(test::checkpoint("mqar-srope/golden.safetensors")), ExitCode::input,
                      {"layer0.hidden_states", "[128, 64]", "128"}));
    EXPECT_TRUE(fails(with(test::checkpoint("modules/00.safetensors")), ExitCode::input, {"hidden_states", "layer 0"}));
    EXPECT_TRUE(fails(with(test::checkpoint("missing.safetensors")), ExitCode::input, {"missing.safetensors"}));
    EXPECT_TRUE(fails(run_rotoscope({"phases", test::checkpoint("lm-gla-srope"), "--layers", "1-2", "--activations",
                                     test::checkpoint("lm-gla-srope/golden.safetensors")}),
                      ExitCode::input, {"hidden_states", "1-2"}));

    const test::TemporaryFolder folder;
    const fs::path odd = folder.path() / "odd.safetensors";
    SafetensorsWriter writer(odd, {{"layer0.hidden_states", DType::f32, {3, 128}},
                                   {"layer0.q_in", DType::f32, {3, 4, 30}},
                                   {"layer0.k_in", DType::f32, {3, 4, 32}}});
    writer.commit();
    EXPECT_TRUE(fails(with(odd.string()), ExitCode::input, {"layer0.q_in", "[3, 4, 30]", "[3, 4, 32]"}));
}

TEST_F(RefusedModels, TokenIdsOutsideTheVocabulary) {
    const test::TemporaryFolder folder;
    const std::string model = test::checkpoint("parity-srope");
    const auto with = [&](const std::string& tokens) { return run_rotoscope({"phases", model, "--tokens", tokens}); };
    const fs::path text = folder.write("ids.txt", "0 1 1 0\n7\n");
    EXPECT_TRUE(fails(with(text.string()), ExitCode::input, {"ids.txt", "token 4", "'7'", "0 to 1"}));
    EXPECT_TRUE(fails(with(folder.write("none.txt", "\n \n").string()), ExitCode::input, {"none.txt"}));
    EXPECT_TRUE(fails(with(folder.write("words.txt", "zero").string()), ExitCode::input, {"words.txt", "'zero'"}));
    for (const std::int64_t id : {std::int64_t{-1}, std::int64_t{2}, std::numeric_limits<std::int64_t>::max()}) {
        const fs::path stored = folder.path() / "ids.safetensors";
        SafetensorsWriter writer(stored, {{"token_ids", DType::i64, {1, 3}}});
        writer.write<std::int64_t>("token_ids", 1, std::span(&id, 1));
        writer.commit();
        EXPECT_TRUE(
            fails(with(stored.string()), ExitCode::input, {"ids.safetensors", "token_ids", std::to_string(id)}));
    }
}

/// The column of a CSV file as text.
std::vector<std::string> column(const fs::path& file, const std::string& name) {
    std::ifstream stream(file);
    std::vector<std::string> values;
    std::size_t wanted = 0;
    for (std::string line; std::getline(stream, line);) {
        std::istringstream cells(line);
        std::size_t index = 0;
        for (std::string cell; std::getline(cells, cell, ','); ++index) {
            if (values.empty() && cell == name) wanted = index;
            if (index == wanted && cell != name && wanted > 0) values.push_back(cell);
        }
    }
    return values;
}

/// Runs `phases` along 512 drawn tokens on a copy of parity-srope whose weight `tensor`[index] has become `value`.
struct Damaged {
    Damaged(const std::string& tensor, std::size_t index, float value) {
        const fs::path model = test::copy_model("parity-srope", folder.path() / "model");
        const std::uint64_t offset = Checkpoint::open(model).require(tensor).offset + 4 * index;
        patch(model / "model.safetensors", offset, &value, sizeof value);
        outcome =
            run_rotoscope({"phases", model.string(), "--length", "512", "--out", (folder.path() / "out").string()});
        samples = column(folder.path() / "out" / "channels.csv", "samples");
    }
    test::TemporaryFolder folder;
    ProcessOutcome outcome;
    std::vector<std::string> samples;  ///< of the 64 channels
};

TEST_F(RefusedModels, NanInWeightsIsAFinding) {
    const Damaged damaged("model.layers.0.attn.rotary.phi_proj.1.weight", 3 * 16 + 5, std::nanf(""));
    EXPECT_TRUE(succeeds(damaged.outcome));
    EXPECT_THAT(damaged.outcome.errors, HasSubstr("note: tensor 'model.layers.0.attn.rotary.phi_proj.1.weight': NaN at "
                                                  "[3, 5]\n"));
    EXPECT_THAT(damaged.outcome.errors, HasSubstr("layer 0: 512 of 32,768 increments are not finite"));
    ASSERT_EQ(damaged.samples.size(), 64U);
    for (std::size_t c = 0; c < 64; ++c) EXPECT_EQ(damaged.samples[c], c == 3 ? "0" : "512") << c;
}

TEST_F(RefusedModels, InfinityInWeightsIsAFinding) {
    const Damaged damaged("model.layers.0.attn.rotary.phi_bias", 20, -std::numeric_limits<float>::infinity());
    EXPECT_TRUE(succeeds(damaged.outcome)) << "exp(-infinity) = 0: finite again";
    EXPECT_THAT(damaged.outcome.errors, HasSubstr("phi_bias': -infinity at [0, 0, 1, 4]\n"));
    const Damaged positive("model.layers.0.attn.rotary.phi_conv1d.weight", 4 * 10,
                           std::numeric_limits<float>::infinity());
    EXPECT_TRUE(succeeds(positive.outcome));
    EXPECT_THAT(positive.outcome.errors, HasSubstr("phi_conv1d.weight': infinity at [10, 0, 0]\n"));
    ASSERT_EQ(positive.samples.size(), 64U);
    EXPECT_LT(std::stoi(positive.samples[10]), 512);
    EXPECT_EQ(positive.samples[11], "512");
}

// A NaN in the row of token 1 spoils that token and the three after it: the others still count.
TEST_F(RefusedModels, NanInAnEmbeddingSpoilsItsTokensOnly) {
    const Damaged damaged("model.embeddings.weight", 128 + 7, std::nanf(""));
    EXPECT_TRUE(succeeds(damaged.outcome));
    EXPECT_THAT(damaged.outcome.errors, HasSubstr("are not finite and left out of the statistics"));
    ASSERT_EQ(damaged.samples.size(), 64U);
    for (const std::string& samples : damaged.samples) {
        EXPECT_LT(std::stoi(samples), 512);
        EXPECT_GT(std::stoi(samples), 0);
    }
}

}  // namespace
}  // namespace rotoscope
