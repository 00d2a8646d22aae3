// Any bytes as the members of a part, sealed with their hash and with the fingerprint of their job, where it can be
// read: what only a forger would send. Only Error (input) may come out.
#include "fuzz_input.hpp"
#include "part_file.hpp"
#include "part_job.hpp"
#include "part_seal.hpp"

#include <sys/mman.h>
#include <unistd.h>

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
        read_job(rotoscope::parse_json(text + "\"x\":0}"), part.provenance, part.job);
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
    const int file = memfd_create("fuzz", 0);
    if (file < 0 || write(file, text.data(), text.size()) != static_cast<ssize_t>(text.size())) std::abort();
    rotoscope::fuzz::expect_result_or_input_error([&] {
        const rotoscope::RopePart part = rotoscope::read_part("/proc/self/fd/" + std::to_string(file));
        if (part.sums.size() != part.groups.size() || part.groups.end > part.job.groups.size()) std::abort();
    });
    close(file);
    return 0;
}
