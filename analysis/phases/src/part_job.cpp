#include "part_job.hpp"

#include "part_fields.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

using Json = nlohmann::ordered_json;

// Beyond what read_rope_model accepts nothing was written.
constexpr std::uint64_t most_size = std::uint64_t{1} << 40;
constexpr std::uint64_t most_columns = std::uint64_t{1} << 22;

Json finite_or_word(double value) { return std::isfinite(value) ? Json(value) : Json::parse(json_number(value)); }

Json finite_or_word(const std::vector<double>& values) {
    Json array = Json::array();
    for (const double value : values) array.push_back(finite_or_word(value));
    return array;
}

Json input_object(const InputRecord& input) {
    Json object{{"path", input.path}, {"bytes", input.bytes}};
    if (input.sha256) object["sha256"] = *input.sha256;
    if (input.header_sha256) object["header_sha256"] = *input.header_sha256;
    return object;
}

Json rope_object(const RopeModel& rope) {
    Json schedules = Json::array();
    for (const LayerSchedule& schedule : rope.schedules)
        schedules.push_back({{"name", schedule.name},
                             {"description", schedule.description},
                             {"score_scale", finite_or_word(schedule.score_scale)},
                             {"frequencies", finite_or_word(schedule.frequencies)}});
    return {{"head_dim", rope.head_dim}, {"rotary_dim", rope.rotary_dim},
            {"context", rope.context},   {"notes", rope.notes},
            {"schedules", schedules},    {"schedule_of_layer", rope.schedule_of_layer}};
}

Json model_object(const Model& model) {
    return {{"family", model.family},        {"layout", layout_name(model.layout)}, {"layers", model.layers},
            {"heads", model.heads},          {"key_heads", model.key_heads},        {"model_dim", model.model_dim},
            {"vocabulary", model.vocabulary}};
}

void read_provenance(const PartFields& fields, RopeProvenance& provenance) {
    provenance.path = fields.text("/job/path");
    for (std::size_t i = 0, count = fields.size("/job/options"); i < count; ++i) {
        const std::string option = fmt::format("/job/options/{}", i);
        provenance.options.emplace_back(fields.text(option + "/0"), fields.text(option + "/1"));
    }
    const std::string seed = fields.text("/job/seed");
    const auto [end, error] = std::from_chars(seed.data(), seed.data() + seed.size(), provenance.seed);
    if (error != std::errc() || end != seed.data() + seed.size())
        refuse_field("/job/seed", "a whole number of 64 bits, as a string");
    provenance.hash_inputs = fields.boolean("/job/hash_inputs");
    for (std::size_t i = 0, count = fields.size("/job/inputs"); i < count; ++i) {
        const std::string input = fmt::format("/job/inputs/{}", i);
        InputRecord& record = provenance.inputs.emplace_back();
        record.path = fields.text(input + "/path");
        record.bytes = fields.whole(input + "/bytes", 0, std::uint64_t{1} << 62);
        if (fields.has(input + "/sha256")) record.sha256 = fields.text(input + "/sha256");
        if (fields.has(input + "/header_sha256")) record.header_sha256 = fields.text(input + "/header_sha256");
    }
    provenance.notes = fields.texts("/job/notes");
}

PairLayout read_layout(const PartFields& fields) {
    const std::string name = fields.text("/job/model/layout");
    for (const PairLayout layout : {PairLayout::half_split, PairLayout::interleaved})
        if (name == layout_name(layout)) return layout;
    refuse_field("/job/model/layout", "half-split or interleaved");
}

Model read_model(const PartFields& fields) {
    Model model;
    model.family = fields.text("/job/model/family");
    model.position = PositionEmbedding::rope;
    model.layout = read_layout(fields);
    model.layers = fields.whole("/job/model/layers", 1, most_size);
    model.heads = fields.whole("/job/model/heads", 1, most_size);
    model.key_heads = fields.whole("/job/model/key_heads", 1, model.heads);
    if (model.heads % model.key_heads != 0)
        refuse_field("/job/model/key_heads", fmt::format("a divisor of {} heads", model.heads));
    model.model_dim = fields.whole("/job/model/model_dim", 1, most_columns);
    model.vocabulary = fields.whole("/job/model/vocabulary", 0, std::uint64_t{1} << 62);
    return model;
}

LayerSchedule read_schedule(const PartFields& fields, const std::string& pointer, std::size_t pairs) {
    LayerSchedule schedule;
    schedule.name = fields.text(pointer + "/name");
    schedule.description = fields.text(pointer + "/description");
    schedule.score_scale = fields.number(pointer + "/score_scale");
    schedule.frequencies = fields.numbers(pointer + "/frequencies");
    if (schedule.frequencies.size() != pairs ||
        !std::ranges::all_of(schedule.frequencies, [](double w) { return std::abs(w) < 0x1p52; }))
        refuse_field(pointer + "/frequencies", fmt::format("{} frequencies in radians per token", pairs));
    return schedule;
}

RopeModel read_rope(const PartFields& fields, std::size_t layers) {
    RopeModel rope;
    rope.head_dim = fields.whole("/job/rope/head_dim", 2, most_head_elements);
    rope.rotary_dim = fields.whole("/job/rope/rotary_dim", 2, rope.head_dim);
    if (rope.head_dim % 2 != 0) refuse_field("/job/rope/head_dim", "even");
    if (rope.rotary_dim % 2 != 0) refuse_field("/job/rope/rotary_dim", "even");
    rope.context = fields.whole("/job/rope/context", 1, longest_context);
    rope.notes = fields.texts("/job/rope/notes");
    for (std::size_t i = 0, count = fields.size("/job/rope/schedules"); i < count; ++i)
        rope.schedules.push_back(read_schedule(fields, fmt::format("/job/rope/schedules/{}", i), rope.pairs()));
    rope.schedule_of_layer = fields.indices("/job/rope/schedule_of_layer", rope.schedules.size());
    if (rope.schedule_of_layer.size() != layers)
        refuse_field("/job/rope/schedule_of_layer", fmt::format("a schedule for each of {} layers", layers));
    return rope;
}

/// What was selected: ascending numbers below `count`, at least one.
std::vector<std::size_t> read_selection(const PartFields& fields, const std::string& pointer, std::size_t count) {
    std::vector<std::size_t> numbers = fields.indices(pointer, count);
    if (numbers.empty() || std::ranges::adjacent_find(numbers, std::greater_equal()) != numbers.end())
        refuse_field(pointer, "a list of ascending numbers");
    return numbers;
}

}  // namespace

std::string job_text(const RopeProvenance& provenance, const RopeJob& job) {
    Json options = Json::array();
    for (const auto& [name, value] : provenance.options) options.push_back({name, value});
    Json inputs = Json::array();
    for (const InputRecord& input : provenance.inputs) inputs.push_back(input_object(input));
    Json object{{"path", provenance.path},
                {"options", options},
                {"seed", std::to_string(provenance.seed)},  // readers of JSON numbers keep 53 bits of it
                {"hash_inputs", provenance.hash_inputs},
                {"inputs", inputs},
                {"notes", provenance.notes},
                {"name", job.name},
                {"model", model_object(job.model)},
                {"rope", rope_object(job.rope)},
                {"layers", job.layers},
                {"heads", job.heads}};
    object["histogram"] = job.histogram_limit ? Json(*job.histogram_limit) : Json(nullptr);
    try {
        return object.dump();
    } catch (const Json::type_error&) {
        throw usage_error(fmt::format("--shard: {} or another text of this run is not UTF-8, which a part must be",
                                      quote(provenance.path)));
    }
}

void read_job(const JsonTable& part, RopeProvenance& provenance, RopeJob& job) {
    const PartFields fields(part);
    read_provenance(fields, provenance);
    job.name = fields.text("/job/name");
    job.model = read_model(fields);
    job.rope = read_rope(fields, job.model.layers);
    job.model.pairs = job.rope.head_dim / 2;
    job.layers = read_selection(fields, "/job/layers", job.model.layers);
    job.heads = read_selection(fields, "/job/heads", job.model.heads);
    if (!fields.is_null("/job/histogram")) {
        job.histogram_limit = fields.number("/job/histogram");
        if (!(*job.histogram_limit > 0.0 && std::isfinite(*job.histogram_limit)))
            refuse_field("/job/histogram", "a positive number or null");
    }
    check_size(job);
    job.groups = group_heads(job.layers, job.heads, job.model.heads / job.model.key_heads);
}

}  // namespace rotoscope
