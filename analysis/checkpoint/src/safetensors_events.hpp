// The grammar of a safetensors header, one JSON event at a time.
#pragma once

#include "json_scan.hpp"
#include "safetensors.hpp"

#include "rotoscope/core/error.hpp"

namespace rotoscope {

/// Collects tensors and metadata, and checks each tensor by itself: known keys once each, types, shape × element size =
/// byte range, range inside the data. What concerns several tensors is checked afterwards.
class SafetensorsEvents final : public JsonEvents {
public:
    /// `header.data_begin` is set; `data_bytes` follow it.
    SafetensorsEvents(const JsonSource& source, SafetensorsHeader& header, std::uint64_t data_bytes, HeaderBudget& used)
        : source_(source), header_(header), data_bytes_(data_bytes), used_(used) {}

    void null() override;
    void boolean(bool value) override;
    void whole(std::uint64_t value) override;
    void negative(std::int64_t value) override;
    void real(double value) override;
    void string(std::string_view value) override;
    void begin_object() override;
    void key(std::string_view name) override;
    void end_object() override;
    void begin_array() override;
    void end_array() override;

private:
    enum class Place { before, header, metadata, tensor, array };
    enum class Field { none, dtype, shape, data_offsets };

    [[noreturn]] void refuse(std::string_view found) const;
    [[nodiscard]] Error located(Error error) const;
    [[nodiscard]] std::string_view expected() const;
    void name_field(std::string_view name);
    void finish_tensor();
    void check_range(std::uint64_t begin, std::uint64_t end) const;

    const JsonSource& source_;
    SafetensorsHeader& header_;
    std::uint64_t data_bytes_;
    HeaderBudget& used_;
    Place place_ = Place::before;
    Field field_ = Field::none;
    bool in_metadata_ = false;  ///< the latest key of the header is __metadata__
    bool metadata_seen_ = false;
    std::string metadata_key_;
    TensorInfo tensor_;
    std::vector<std::uint64_t> shape_;
    std::vector<std::uint64_t> offsets_;
    bool dtype_seen_ = false;
    bool shape_seen_ = false;
    bool offsets_seen_ = false;
};

}  // namespace rotoscope
