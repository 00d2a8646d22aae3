#include "rotoscope/phases/shard.hpp"

#include "part_file.hpp"
#include "part_job.hpp"

#include <fmt/format.h>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/staged_file.hpp"
#include "rotoscope/phases/model_summary.hpp"

namespace rotoscope {

WrittenPart write_phases_part(const PhasesOptions& options, Shard shard, const std::filesystem::path& folder,
                              Context& context) {
    if (shard.count < 1 || shard.count > Shard::most || shard.index >= shard.count)
        throw internal_error("a part that there is not");
    const Checkpoint checkpoint = Checkpoint::open(options.checkpoint, options.open);
    Model model = recognise_model(checkpoint);
    if (!has_fixed_rope(model)) {
        if (model.generator_layers.empty()) refuse_model(options.checkpoint, model);
        throw usage_error(
            fmt::format("--shard: applies to models with fixed RoPE, whose heads are analysed one by one; "
                        "{} has Selective RoPE, whose layers share their inputs",
                        model.family));
    }
    RopePart part;
    part.shard = shard;
    part.job = prepare_rope_job(options, checkpoint, std::move(model));
    part.provenance = rope_provenance(options, checkpoint);
    static_cast<void>(job_text(part.provenance, part.job));  // what cannot be written shows before the work
    part.groups = shard_groups(part.job.bytes, shard);
    part.sums = run_groups(part.job, part.groups.begin, part.groups.end, context);

    WrittenPart written{folder / part_name(shard), part.groups.size(), part.job.groups.size(), 0};
    for (std::size_t i = part.groups.begin; i < part.groups.end; ++i) written.bytes += part.job.bytes[i];
    create_output_folder(folder);
    remove_stale_files(folder);
    write_part(part, written.file);
    return written;
}

}  // namespace rotoscope
