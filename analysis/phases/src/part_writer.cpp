#include "part_file.hpp"
#include "part_job.hpp"
#include "part_seal.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <iterator>

#include "rotoscope/core/interruption.hpp"
#include "rotoscope/core/staged_file.hpp"
#include "rotoscope/core/text.hpp"
#include "rotoscope/core/version.hpp"

namespace rotoscope {
namespace {

constexpr std::size_t window_bytes = std::size_t{1} << 20;

/// Text on its way to the file and into its hash.
class SealedFile {
public:
    explicit SealedFile(const std::filesystem::path& file) : file_(file) {}

    [[nodiscard]] std::string& text() noexcept { return text_; }
    /// Writes what has come together where it is enough.
    void pass_on(std::size_t enough = window_bytes) {
        if (text_.size() < enough) return;
        throw_if_stopped();
        hash_.add(text_);
        file_.write(text_);
        text_.clear();
    }
    void commit() {
        pass_on(0);
        file_.write(part_seal(hash_.finish()));
        file_.commit();
    }

private:
    StagedFile file_;
    Sha256 hash_;
    std::string text_;
};

void append_head(std::string& text, const HeadSums& head) {
    const auto append = [&](double value) { (text += json_number(value)) += ", "; };
    text += '[';
    for (const PairSums& pair : head.pairs) {
        append(pair.query_energy);
        append(pair.key_energy);
        append(pair.coupling.real());
        append(pair.coupling.imag());
    }
    (text += json_number(head.unrotated)) += ']';
}

void append_histogram(std::string& text, const WeightHistogram& histogram) {
    fmt::format_to(std::back_inserter(text), "[{}, {}]", fmt::join(histogram.counts(), ", "), histogram.not_a_number());
}

/// An array with a row a line.
class RowList {
public:
    RowList(SealedFile& file, std::string_view key) : file_(file) {
        fmt::format_to(std::back_inserter(file_.text()), "  \"{}\": [", key);
    }
    template <class Append>
    void add(const Append& append) {
        file_.text() += empty_ ? "\n    " : ",\n    ";
        empty_ = false;
        append(file_.text());
        file_.pass_on();
    }
    void close() { file_.text() += empty_ ? "],\n" : "\n  ],\n"; }

private:
    SealedFile& file_;
    bool empty_ = true;
};

}  // namespace

std::string part_name(Shard shard) { return fmt::format("part-{}-of-{}.json", shard.index, shard.count); }

std::string part_seal(std::string_view sha256) { return fmt::format("  \"sha256\": \"{}\"\n}}\n", sha256); }

void write_part(const RopePart& part, const std::filesystem::path& file) {
    const std::string job = job_text(part.provenance, part.job);
    SealedFile sealed(file);
    fmt::format_to(std::back_inserter(sealed.text()),
                   "{{\n  \"schema\": \"{}\",\n  \"version\": \"{}\",\n  \"shard\": {},\n  \"of\": {},\n"
                   "  \"groups\": [{}, {}],\n  \"fingerprint\": \"{}\",\n  \"job\": {},\n",
                   part_schema, version(), part.shard.index, part.shard.count, part.groups.begin, part.groups.end,
                   sha256_of(job), job);
    RowList sums(sealed, "sums");
    for (const GroupSums& group : part.sums)
        for (const HeadSums& head : group.heads) sums.add([&](std::string& text) { append_head(text, head); });
    sums.close();
    RowList counts(sealed, "counts");
    for (const GroupSums& group : part.sums)
        for (const auto* histogram : {&group.query_histogram, &group.key_histogram})
            if (*histogram) counts.add([&](std::string& text) { append_histogram(text, **histogram); });
    counts.close();
    sealed.commit();
}

}  // namespace rotoscope
