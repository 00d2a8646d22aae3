// Any bytes as JSON text, and as the index of a folder with one good shard. Only Error (input) may come out.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>

#include "rotoscope/checkpoint/checkpoint.hpp"
#include "rotoscope/core/error.hpp"

namespace {

namespace fs = std::filesystem;

/// A folder for this process with the shard one.safetensors, which holds the tensors a and b.
const fs::path& prepare_folder() {
    static const fs::path folder = [] {
        std::string pattern = (fs::temp_directory_path() / "rotoscope-fuzz-XXXXXX").string();
        if (mkdtemp(pattern.data()) == nullptr) std::abort();
        const std::string header =
            R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})";
        std::ofstream shard(fs::path(pattern) / "one.safetensors", std::ios::binary);
        shard.put(static_cast<char>(header.size())) << std::string(7, '\0') << header << "12";
        return fs::path(pattern);
    }();
    return folder;
}

template <class Read>
void expect_result_or_input_error(Read read) {
    try {
        read();
    } catch (const rotoscope::Error& error) {
        if (error.code() != rotoscope::ExitCode::input) std::abort();
    }
}

void look_up_everything(std::string_view text) {
    const rotoscope::JsonTable table = rotoscope::parse_json(text);
    for (const rotoscope::JsonEntry& entry : table.children("")) {
        if (entry.key.find_first_of("~/") != std::string_view::npos) continue;
        if (!entry.key.empty() && table.kind("/" + std::string(entry.key)) != entry.kind) std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(data, data + size);
    expect_result_or_input_error([&] { look_up_everything(text); });
    const fs::path index = prepare_folder() / "model.safetensors.index.json";
    std::ofstream(index, std::ios::binary) << text;
    expect_result_or_input_error([&] {
        const auto checkpoint = rotoscope::Checkpoint::open(prepare_folder());
        for (const rotoscope::TensorInfo& tensor : checkpoint.tensors()) (void)checkpoint.read_all<float>(tensor);
    });
    return 0;
}
