// Any bytes as the members of a part, sealed with their hash and with the fingerprint of their job, where it can be
// read: what only a forger would send. Only Error (input) may come out.
#include "fuzz_input.hpp"
#include "part_file.hpp"
#include "part_job.hpp"
#include "part_seal.hpp"

#include <string>
#include <string_view>

namespace {

/// The text with its fingerprint replaced by the right one.
std::string with_fingerprint(std::string text) {
    constexpr std::string_view key = "\"fingerprint\": \"";
    const std::size_t place = text.find(key);
    if (place == std::string::npos || text.size() - place < key.size() + 64) return text;
    try {
        rotoscope::RopePart part;
        // The sums, which come behind the job, are most of the text and say nothing about it.
        const std::size_t end = text.find("\"sums\"", text.find("\"job\""));
        read_job(rotoscope::parse_json(text.substr(0, end) + "\"x\":0}"), part.provenance, part.job);
        text.replace(place + key.size(), 64, rotoscope::sha256_of(job_text(part.provenance, part.job)));
    } catch (const rotoscope::Error& error) {
        if (error.code() != rotoscope::ExitCode::input) std::abort();
    }
    return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string text = with_fingerprint({data, data + size});
    text += rotoscope::part_seal(rotoscope::sha256_of(text));
    const auto file =
        rotoscope::fuzz::put_file("part", {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
    rotoscope::fuzz::expect_result_or_input_error([&] {
        const rotoscope::RopePart part = rotoscope::read_part(file);
        if (part.sums.size() != part.groups.size() || part.groups.end > part.job.groups.size()) std::abort();
    });
    return 0;
}
