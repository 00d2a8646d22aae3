#include "safetensors_events.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "rotoscope/core/checked.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

constexpr std::string_view metadata_name = "__metadata__";
constexpr std::size_t most_metadata = 100'000;
constexpr std::size_t highest_rank = 64;

}  // namespace

Error SafetensorsEvents::located(Error error) const {
    error.at_offset(source_.token());
    if (place_ == Place::tensor || place_ == Place::array) error.in_tensor(tensor_.name);
    return error;
}

std::string_view SafetensorsEvents::expected() const {
    if (place_ == Place::before) return "an object of tensors";
    if (place_ == Place::metadata) return "a string in __metadata__";
    if (place_ == Place::header)
        return in_metadata_ ? "an object of strings as __metadata__" : "an object with dtype, shape and data_offsets";
    if (field_ == Field::dtype) return "a string as dtype";
    if (place_ == Place::array) return "a whole number from 0 to 2^64 - 1";
    return field_ == Field::shape ? "an array as shape" : "an array as data_offsets";
}

void SafetensorsEvents::refuse(std::string_view found) const {
    throw located(input_error(fmt::format("found {}; expected {}", found, expected())));
}

void SafetensorsEvents::null() { refuse("null"); }
void SafetensorsEvents::boolean(bool value) { refuse(value ? "true" : "false"); }
void SafetensorsEvents::negative(std::int64_t value) { refuse(fmt::format("a number with a minus sign ({})", value)); }
void SafetensorsEvents::real(double value) {
    refuse(fmt::format("a number that is not a 64-bit integer ({})", format_shortest(value)));
}

void SafetensorsEvents::whole(std::uint64_t value) {
    if (place_ != Place::array) refuse(fmt::format("the number {}", value));
    std::vector<std::uint64_t>& numbers = field_ == Field::shape ? shape_ : offsets_;
    const std::size_t most = field_ == Field::shape ? highest_rank : 2;
    if (numbers.size() == most)
        throw located(input_error(
            fmt::format("{} has more than {} numbers", field_ == Field::shape ? "shape" : "data_offsets", most)));
    numbers.push_back(value);
}

void SafetensorsEvents::string(std::string_view value) {
    if (place_ == Place::metadata) {
        if (header_.metadata.size() == most_metadata)
            throw located(
                input_error(fmt::format("__metadata__ has more than {} entries", format_count(most_metadata))));
        if (!header_.metadata.try_emplace(metadata_key_, value).second)
            throw located(
                input_error(fmt::format("the key {} appears twice in __metadata__", rotoscope::quote(metadata_key_))));
    } else if (place_ == Place::tensor && field_ == Field::dtype) {
        tensor_.type = value;
        tensor_.dtype = parse_dtype(value);
    } else {
        refuse("a string");
    }
}

void SafetensorsEvents::begin_object() {
    if (place_ == Place::before) place_ = Place::header;
    else if (place_ == Place::header) place_ = in_metadata_ ? Place::metadata : Place::tensor;
    else refuse("an object");
}

void SafetensorsEvents::key(std::string_view name) {
    if (place_ == Place::metadata) {
        metadata_key_ = name;
    } else if (place_ == Place::tensor) {
        name_field(name);
    } else {
        in_metadata_ = name == metadata_name;
        if (in_metadata_ && std::exchange(metadata_seen_, true))
            throw located(input_error("the key '__metadata__' appears twice"));
        tensor_ = TensorInfo();
        if (!in_metadata_) tensor_.name = name;
        shape_.clear();
        offsets_.clear();
        dtype_seen_ = shape_seen_ = offsets_seen_ = false;
    }
}

void SafetensorsEvents::name_field(std::string_view name) {
    struct Known {
        std::string_view name;
        Field field;
        bool& seen;
    };
    const std::array fields{Known{"dtype", Field::dtype, dtype_seen_}, Known{"shape", Field::shape, shape_seen_},
                            Known{"data_offsets", Field::data_offsets, offsets_seen_}};
    for (const Known& known : fields) {
        if (known.name != name) continue;
        if (std::exchange(known.seen, true))
            throw located(input_error(fmt::format("the key '{}' appears twice", name)));
        field_ = known.field;
        return;
    }
    throw located(input_error(
        fmt::format("has the key {}; expected dtype, shape and data_offsets only", rotoscope::quote(name))));
}

void SafetensorsEvents::begin_array() {
    if (place_ != Place::tensor || field_ == Field::dtype) refuse("an array");
    place_ = Place::array;
}

void SafetensorsEvents::end_array() {
    place_ = Place::tensor;
    if (field_ == Field::data_offsets && offsets_.size() != 2)
        throw located(input_error(fmt::format("data_offsets has {} numbers; expected 2", offsets_.size())));
}

void SafetensorsEvents::end_object() {
    if (place_ == Place::tensor) finish_tensor();
    place_ = Place::header;
}

void SafetensorsEvents::finish_tensor() {
    if (!dtype_seen_ || !shape_seen_ || !offsets_seen_)
        throw located(input_error(fmt::format("has no {}", !dtype_seen_   ? "dtype"
                                                           : !shape_seen_ ? "shape"
                                                                          : "data_offsets")));
    check_range(offsets_[0], offsets_[1]);
    const auto elements = checked_product(shape_);
    if (!elements)
        throw located(input_error(fmt::format("shape {} has more than 2^64 - 1 elements", format_shape(shape_))));
    tensor_.bytes = offsets_[1] - offsets_[0];
    if (tensor_.dtype) {
        const auto needed = checked_multiply(*elements, dtype_size(*tensor_.dtype));
        if (!needed || *needed != tensor_.bytes)
            throw located(input_error(fmt::format("data_offsets [{}, {}] span {} bytes; {} {} needs {}", offsets_[0],
                                                  offsets_[1], tensor_.bytes, tensor_.type, format_shape(shape_),
                                                  needed ? std::to_string(*needed) : "more than 2^64")));
    }
    tensor_.elements = *elements;
    tensor_.offset = header_.data_begin + offsets_[0];
    used_.dimensions += shape_.size();
    if (used_.dimensions > HeaderBudget::most_dimensions)
        throw located(
            input_error(fmt::format("the shapes up to this one, of {} tensors, have more than {} dimensions",
                                    format_count(used_.tensors), format_count(HeaderBudget::most_dimensions))));
    // Beyond the limit tensors are only counted, for the message.
    if (++used_.tensors > HeaderBudget::most_tensors) return;
    tensor_.shape = std::vector(shape_.begin(), shape_.end());  // without spare capacity
    header_.tensors.push_back(std::move(tensor_));
}

void SafetensorsEvents::check_range(std::uint64_t begin, std::uint64_t end) const {
    if (begin > end) throw located(input_error(fmt::format("data_offsets [{}, {}] end before they begin", begin, end)));
    if (end > data_bytes_)
        throw located(input_error(
            fmt::format("data_offsets [{}, {}] end behind the file's {} bytes of data", begin, end, data_bytes_)));
}

}  // namespace rotoscope
