// Pickles as PyTorch writes them, run on a machine that executes nothing:
//
//     pickle  := { opcode [argument] } '.'            opcodes of protocols 2 to 5, without the text ones of protocol 0
//     values  := None | bool | integer | float | text | bytes | tuple | list | dict | set | global | storage | tensor
//     global  := a module's name and a name in it: looked up in a table, never imported
//     storage := persistent id ('storage', TYPE, KEY, LOCATION, ELEMENTS)
//     tensor  := REDUCE of torch._utils._rebuild_tensor*, _rebuild_parameter*
//
// Only these, OrderedDict and dtypes mean anything. Whatever else a pickle would call, construct or set the state of is
// refused by its name. https://docs.python.org/3/library/pickletools.html, torch/serialization.py
#pragma once

#include "byte_reader.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rotoscope/checkpoint/dtype.hpp"

namespace rotoscope {

enum class PickleKind : std::uint8_t {
    none,
    boolean,
    integer,
    big_integer,  ///< beyond 64 bits: its bytes, as a text
    real,
    text,
    bytes,
    tuple,
    list,
    dict,
    ordered_dict,
    set,
    global,
    storage,
    tensor,
};

/// A value, or where it is: an index into the machine's tables. Containers are shared by all that refer to them.
struct PickleValue {
    PickleKind kind = PickleKind::none;
    std::uint64_t payload = 0;

    [[nodiscard]] std::int64_t integer() const { return static_cast<std::int64_t>(payload); }
};

/// A name that a pickle refers to, and what it means here.
struct PickleGlobal {
    enum class Role : std::uint8_t { unknown, ordered_dict, rebuild, storage_type, dtype };
    Role role = Role::unknown;
    std::string name;               ///< "module.name"
    std::string_view type;          ///< of a storage or dtype, as PyTorch calls it: "bfloat16"
    std::optional<DType> dtype;     ///< nothing where it cannot be read: complex, quantised
    std::uint64_t bytes = 0;        ///< of an element
    std::uint32_t rebuild_row = 0;  ///< in the table of pickle_calls.cpp
};

struct PickleStorage {
    std::uint32_t type = 0;  ///< index of a global
    std::uint64_t key = 0;   ///< index of a text
    std::uint64_t elements = 0;
};

struct PickleTensor {
    std::uint32_t storage = 0;
    std::uint32_t type = 0;    ///< global of the element type: the storage's, or a dtype
    std::uint64_t offset = 0;  ///< in elements
    std::vector<std::uint64_t> shape;
    std::vector<std::uint64_t> strides;
};

/// Everything that a pickle made, in tables of bounded size.
class PickleObjects {
public:
    static constexpr std::uint32_t none = UINT32_MAX;

    [[nodiscard]] std::string_view text(PickleValue value) const;
    [[nodiscard]] std::size_t size(PickleValue container) const;
    /// The container's values in order; of a dict, keys and values by turns.
    template <class Visit>
    void for_each(PickleValue container, const Visit& visit) const {
        for (std::uint32_t i = containers_[container.payload].first; i != none; i = items_[i].next)
            if (!visit(items_[i].value)) return;
    }
    [[nodiscard]] std::vector<PickleValue> items(PickleValue container) const;
    [[nodiscard]] const PickleGlobal& global(std::uint64_t index) const { return globals_[index]; }
    [[nodiscard]] const PickleStorage& storage(std::uint64_t index) const { return storages_[index]; }
    [[nodiscard]] const PickleTensor& tensor(std::uint64_t index) const { return tensors_[index]; }
    [[nodiscard]] const std::deque<PickleStorage>& storages() const { return storages_; }
    [[nodiscard]] std::size_t tensor_count() const { return tensors_.size(); }

    [[nodiscard]] PickleValue add_text(PickleKind kind, std::string_view text);
    [[nodiscard]] PickleValue add_container(PickleKind kind);
    void append(PickleValue container, PickleValue value);
    [[nodiscard]] PickleValue add_global(PickleGlobal global);
    [[nodiscard]] PickleValue add_storage(PickleStorage storage);
    [[nodiscard]] PickleValue add_tensor(PickleTensor tensor);

private:
    struct Text {
        std::uint32_t begin;
        std::uint32_t size;
    };
    struct Item {
        PickleValue value;
        std::uint32_t next;
    };
    struct Container {
        std::uint32_t first = none;
        std::uint32_t last = none;
        std::uint32_t size = 0;
    };

    void check(std::size_t size, std::size_t most, std::string_view what) const;

    std::string characters_;
    std::deque<Text> texts_;
    std::deque<Item> items_;
    std::deque<Container> containers_;
    std::deque<PickleGlobal> globals_;
    std::deque<PickleStorage> storages_;
    std::deque<PickleTensor> tensors_;
};

/// Runs one pickle, from its PROTO to its STOP, and returns its value. Throws Error (input) with the offset.
[[nodiscard]] PickleValue run_pickle(ByteReader& reader, PickleObjects& objects);

/// What a kind is called in messages.
[[nodiscard]] std::string_view pickle_kind_name(PickleKind kind);

/// The meaning of module.name.
[[nodiscard]] PickleGlobal find_pickle_global(std::string_view module, std::string_view name);

/// The value of callable(*arguments). Throws Error (input), which names it, for anything but the few above.
[[nodiscard]] PickleValue call_pickle_global(PickleObjects& objects, PickleValue callable, PickleValue arguments);

/// The storage that a persistent id names.
[[nodiscard]] PickleValue find_pickle_storage(PickleObjects& objects, PickleValue id);

/// Refuses to construct or call `name`, and says what to do instead.
[[noreturn]] void refuse_pickle_call(std::string_view name);

}  // namespace rotoscope
