#include "header_budget.hpp"
#include "pickle.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

using Role = PickleGlobal::Role;

struct TypeRow {
    std::string_view storage;  ///< torch.NAME, torch.cuda.NAME; "" for types that have none
    std::string_view type;
    std::optional<DType> dtype;
    std::uint64_t bytes;
};
constexpr std::array types{
    TypeRow{"DoubleStorage", "float64", DType::f64, 8},
    TypeRow{"FloatStorage", "float32", DType::f32, 4},
    TypeRow{"HalfStorage", "float16", DType::f16, 2},
    TypeRow{"BFloat16Storage", "bfloat16", DType::bf16, 2},
    TypeRow{"LongStorage", "int64", DType::i64, 8},
    TypeRow{"IntStorage", "int32", DType::i32, 4},
    TypeRow{"ShortStorage", "int16", DType::i16, 2},
    TypeRow{"CharStorage", "int8", DType::i8, 1},
    TypeRow{"ByteStorage", "uint8", DType::u8, 1},
    TypeRow{"BoolStorage", "bool", DType::boolean, 1},
    TypeRow{"ComplexFloatStorage", "complex64", std::nullopt, 8},
    TypeRow{"ComplexDoubleStorage", "complex128", std::nullopt, 16},
    TypeRow{"UntypedStorage", "bytes", std::nullopt, 1},
    TypeRow{"", "float8_e4m3fn", DType::f8_e4m3, 1},
    TypeRow{"", "float8_e5m2", DType::f8_e5m2, 1},
    TypeRow{"", "uint16", DType::u16, 2},
    TypeRow{"", "uint32", DType::u32, 4},
    TypeRow{"", "uint64", DType::u64, 8},
};

/// Of torch._utils: (storage, offset, size, stride, …), with the dtype behind in v3; (tensor, requires_grad, hooks, …).
enum Rebuild : std::uint32_t { tensor_v1 = 1, tensor_v2, tensor_v3, parameter };
struct RebuildRow {
    std::string_view name;
    Rebuild rebuild;
    std::size_t least_arguments;
    std::size_t most_arguments;
};
constexpr std::array rebuilds{
    RebuildRow{"_rebuild_tensor", tensor_v1, 4, 4},
    RebuildRow{"_rebuild_tensor_v2", tensor_v2, 6, 7},
    RebuildRow{"_rebuild_tensor_v3", tensor_v3, 7, 8},
    RebuildRow{"_rebuild_parameter", parameter, 3, 3},
    RebuildRow{"_rebuild_parameter_with_state", parameter, 4, 4},
};

std::uint64_t require_size(PickleValue value, std::string_view what) {
    if (value.kind != PickleKind::integer || value.integer() < 0)
        throw input_error(fmt::format("the pickle has {} as {} of a tensor; expected a whole number from 0",
                                      value.kind == PickleKind::integer ? std::to_string(value.integer())
                                                                        : std::string(pickle_kind_name(value.kind)),
                                      what));
    return value.payload;
}

std::vector<std::uint64_t> require_sizes(const PickleObjects& objects, PickleValue value, std::string_view what) {
    if (value.kind != PickleKind::tuple && value.kind != PickleKind::list)
        throw input_error(
            fmt::format("the pickle has {} as {} of a tensor; expected a tuple", pickle_kind_name(value.kind), what));
    if (objects.size(value) > HeaderBudget::highest_rank)
        throw input_error(fmt::format("the pickle has a tensor of {} dimensions; expected at most {}",
                                      objects.size(value), HeaderBudget::highest_rank));
    std::vector<std::uint64_t> sizes;
    sizes.reserve(objects.size(value));
    objects.for_each(value, [&](PickleValue each) {
        sizes.push_back(require_size(each, what));
        return true;
    });
    return sizes;
}

PickleValue rebuild_tensor(PickleObjects& objects, Rebuild rebuild, const std::vector<PickleValue>& arguments) {
    if (arguments[0].kind != PickleKind::storage)
        throw input_error(
            fmt::format("the pickle makes a tensor of {}; expected a storage", pickle_kind_name(arguments[0].kind)));
    PickleTensor tensor;
    tensor.storage = static_cast<std::uint32_t>(arguments[0].payload);
    tensor.type = objects.storage(tensor.storage).type;
    tensor.offset = require_size(arguments[1], "offset");
    tensor.shape = require_sizes(objects, arguments[2], "size");
    tensor.strides = require_sizes(objects, arguments[3], "stride");
    if (tensor.shape.size() != tensor.strides.size())
        throw input_error(fmt::format("the pickle has a tensor with {} sizes and {} strides", tensor.shape.size(),
                                      tensor.strides.size()));
    if (rebuild == tensor_v3) {
        const PickleValue dtype = arguments[6];
        if (dtype.kind != PickleKind::global || objects.global(dtype.payload).role != Role::dtype)
            throw input_error("the pickle makes a tensor without a known dtype");
        tensor.type = static_cast<std::uint32_t>(dtype.payload);
    }
    return objects.add_tensor(std::move(tensor));
}

/// OrderedDict(), or of one list of pairs, as Python 2 writes it.
PickleValue make_ordered_dict(PickleObjects& objects, const std::vector<PickleValue>& arguments) {
    const PickleValue dict = objects.add_container(PickleKind::ordered_dict);
    if (arguments.empty()) return dict;
    if (arguments.size() > 1 || arguments[0].kind != PickleKind::list)
        throw input_error("the pickle makes an OrderedDict of something else than a list of pairs");
    objects.for_each(arguments[0], [&](PickleValue pair) {
        const bool is_pair =
            (pair.kind == PickleKind::tuple || pair.kind == PickleKind::list) && objects.size(pair) == 2;
        if (!is_pair) throw input_error("the pickle makes an OrderedDict of something else than a list of pairs");
        for (const PickleValue value : objects.items(pair)) objects.append(dict, value);
        return true;
    });
    return dict;
}

}  // namespace

void refuse_pickle_call(std::string_view name) {
    throw input_error(
        fmt::format("the pickle wants {} to be called or constructed, which is never done; expected tensors only.\n"
                    "If it is a pickled model, load it where its code is and save its state_dict():\n"
                    "torch.save(model.state_dict(), 'weights.pt').",
                    rotoscope::quote(name)));
}

PickleGlobal find_pickle_global(std::string_view module, std::string_view name) {
    PickleGlobal global;
    global.name = fmt::format("{}.{}", module, name);
    if (module == "collections" && name == "OrderedDict") global.role = Role::ordered_dict;
    if (module == "torch._utils") {
        for (const RebuildRow& row : rebuilds)
            if (row.name == name) {
                global.role = Role::rebuild;
                global.rebuild_row = static_cast<std::uint32_t>(&row - rebuilds.data());
            }
    }
    const bool storage_module = module == "torch" || module == "torch.cuda" || module == "torch.storage";
    for (const TypeRow& row : types) {
        const bool storage = storage_module && !row.storage.empty() && row.storage == name;
        const bool dtype = module == "torch" && row.type == name && row.type != "bytes";
        if (!storage && !dtype) continue;
        global.role = storage ? Role::storage_type : Role::dtype;
        global.type = row.type;
        global.dtype = row.dtype;
        global.bytes = row.bytes;
    }
    return global;
}

PickleValue call_pickle_global(PickleObjects& objects, PickleValue callable, PickleValue arguments) {
    if (callable.kind != PickleKind::global)
        throw input_error(fmt::format("the pickle calls {}", pickle_kind_name(callable.kind)));
    const PickleGlobal& global = objects.global(callable.payload);
    if (global.role != Role::ordered_dict && global.role != Role::rebuild) refuse_pickle_call(global.name);
    if (arguments.kind != PickleKind::tuple)
        throw input_error(fmt::format("the pickle calls {} with {}; expected a tuple of arguments",
                                      rotoscope::quote(global.name), pickle_kind_name(arguments.kind)));
    constexpr std::size_t most_arguments = 8;
    const std::size_t count = objects.size(arguments);
    if (global.role == Role::ordered_dict)
        return make_ordered_dict(objects,
                                 count > most_arguments ? std::vector<PickleValue>(2) : objects.items(arguments));
    const RebuildRow& row = rebuilds[global.rebuild_row];
    if (count < row.least_arguments || count > row.most_arguments)
        throw input_error(fmt::format("the pickle calls {} with {} arguments; expected {}",
                                      rotoscope::quote(global.name), count, row.most_arguments));
    const std::vector<PickleValue> values = objects.items(arguments);
    if (row.rebuild != parameter) return rebuild_tensor(objects, row.rebuild, values);
    if (values[0].kind != PickleKind::tensor)
        throw input_error(
            fmt::format("the pickle makes a parameter of {}; expected a tensor", pickle_kind_name(values[0].kind)));
    return values[0];
}

PickleValue find_pickle_storage(PickleObjects& objects, PickleValue id) {
    const auto fail = [](std::string_view what) {
        throw input_error(fmt::format("the pickle's reference to a storage {}", what));
    };
    constexpr std::size_t least = 5;
    if (id.kind != PickleKind::tuple || objects.size(id) < least || objects.size(id) > least + 1)
        fail("is not ('storage', type, key, location, elements)");
    const std::vector<PickleValue> parts = objects.items(id);
    const bool named = parts[0].kind == PickleKind::text && objects.text(parts[0]) == "storage" &&
                       parts[2].kind == PickleKind::text && parts[3].kind == PickleKind::text;
    if (!named || parts[4].kind != PickleKind::integer || parts[4].integer() < 0)
        fail("is not ('storage', type, key, location, elements)");
    if (parts[1].kind != PickleKind::global || objects.global(parts[1].payload).role != Role::storage_type)
        throw input_error(fmt::format("the pickle has a storage of the type {}, which is not known",
                                      parts[1].kind == PickleKind::global
                                          ? rotoscope::quote(objects.global(parts[1].payload).name)
                                          : std::string(pickle_kind_name(parts[1].kind))));
    if (parts.size() > least && parts[5].kind != PickleKind::none)
        fail("is a view of another, as PyTorch before 0.4 wrote; save the file again with a later one");
    return objects.add_storage({static_cast<std::uint32_t>(parts[1].payload), parts[2].payload, parts[4].payload});
}

}  // namespace rotoscope
