// Files of torch.save, in both layouts:
//
//     zip      := NAME/data.pkl NAME/data/KEY… [NAME/byteorder] NAME/version …      a zip archive, since PyTorch 1.6
//     legacy   := magic protocol system main keys { elements data }…                before, or asked for
//     magic    := pickle of 0x1950a86a20f9469cfc6c
//     protocol := pickle of 1001
//     system   := pickle of { 'little_endian': bool, … }
//     main     := pickle of what was saved; tensors refer to storages by KEY
//     keys     := pickle of the list of KEYs; for each follow, in this order:
//     elements := i64, little-endian: how many; data := the storage's bytes
//
// Several tensors may view one storage, with any strides. See pickle.hpp for what a pickle may hold.
#pragma once

#include "format_contents.hpp"
#include "pickle.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace rotoscope {

/// Whether an archive is one of torch.save: it has NAME/data.pkl.
[[nodiscard]] bool is_torch_archive(const ZipArchive& archive);

[[nodiscard]] FormatContents read_torch_zip(const ZipArchive& archive, HeaderBudget& used);
[[nodiscard]] FormatContents read_torch_legacy(const InputFile& file, HeaderBudget& used);

/// A tensor of the pickle under the name that its place gives it.
struct NamedPickleTensor {
    std::string name;
    std::uint32_t tensor = 0;
};

/// The tensors of the model in what was saved: of a training checkpoint, those of its `state_dict`, `model_state_dict`,
/// `model` or `module`; dicts and lists inside are joined with dots, as in "layers.0.weight". Prefixes that all names
/// share because of wrappers, "module." and "_orig_mod.", are taken off. `notes` says what was left out.
[[nodiscard]] std::vector<NamedPickleTensor> find_model_tensors(const PickleObjects& objects, PickleValue saved,
                                                                HeaderBudget& used, std::vector<std::string>& notes);

/// Where a storage's bytes are.
struct StoragePlace {
    std::uint32_t member = TensorLayout::whole_file;
    std::uint64_t begin = 0;        ///< from the start of the member or the file
    std::uint64_t file_offset = 0;  ///< from the file's start
};

/// Adds the tensors to the contents, each checked against its storage. `file_bytes` bounds how often views may repeat
/// the same bytes.
void add_torch_tensors(const PickleObjects& objects, const std::vector<NamedPickleTensor>& tensors,
                       const std::function<StoragePlace(const PickleStorage&)>& place, bool swapped,
                       std::uint64_t file_bytes, HeaderBudget& used, FormatContents& contents);

}  // namespace rotoscope
