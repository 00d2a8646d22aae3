// Any bytes as JSON text, and as the index of a folder with one good shard. Only Error (input) may come out.
#include "fuzz_input.hpp"

#include <string>
#include <string_view>

namespace {

/// The shard one.safetensors, which holds the tensors a and b.
std::filesystem::path put_shard() {
    const std::string header =
        R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})";
    const std::string shard = static_cast<char>(header.size()) + std::string(7, '\0') + header + "12";
    return rotoscope::fuzz::put_file("one.safetensors",
                                     {reinterpret_cast<const std::uint8_t*>(shard.data()), shard.size()});
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
    rotoscope::fuzz::expect_result_or_input_error([&] { look_up_everything(text); });
    [[maybe_unused]] static const std::filesystem::path shard = put_shard();
    rotoscope::fuzz::put_file("model.safetensors.index.json", {data, size});
    rotoscope::fuzz::expect_result_or_input_error([&] {
        const auto checkpoint = rotoscope::Checkpoint::open(rotoscope::fuzz::memory_folder);
        for (const rotoscope::TensorInfo& tensor : checkpoint.tensors()) (void)checkpoint.read_all<float>(tensor);
    });
    return 0;
}
