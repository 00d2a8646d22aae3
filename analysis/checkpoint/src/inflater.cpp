#include "inflater.hpp"

#include <algorithm>
#include <new>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/interruption.hpp"

namespace rotoscope {
namespace {

constexpr std::uint64_t window_bytes = 1 << 14;

void require_memory(int outcome) {
    if (outcome != Z_OK) throw std::bad_alloc();
}

}  // namespace

Inflater::Inflater(const InputFile& file, const ZipMember& member, std::size_t index)
    : file_(file), data_(member), index_(index) {
    require_memory(inflateInit2(&stream_, -MAX_WBITS));
}

Inflater::Inflater(const Inflater& other)
    : file_(other.file_),
      data_(other.data_),
      index_(other.index_),
      consumed_(other.consumed_ - other.stream_.avail_in),  // its window is read again
      produced_(other.produced_),
      ended_(other.ended_) {
    // zlib copies its state and history; the window stays with the original.
    require_memory(inflateCopy(&stream_, const_cast<z_stream*>(&other.stream_)));
    stream_.next_in = nullptr;
    stream_.avail_in = 0;
}

Inflater::~Inflater() { inflateEnd(&stream_); }

void Inflater::fail(const char* what) const {
    throw input_error(what).in_tensor(data_.name).at_offset(data_.data_offset + consumed_ - stream_.avail_in);
}

int Inflater::step() {
    if (stream_.avail_in == 0 && consumed_ < data_.stored_bytes) {
        throw_if_stopped();
        window_.resize(static_cast<std::size_t>(std::min(window_bytes, data_.stored_bytes - consumed_)));
        file_.read_at(data_.data_offset + consumed_, window_);
        consumed_ += window_.size();
        stream_.next_in = reinterpret_cast<Bytef*>(window_.data());
        stream_.avail_in = static_cast<uInt>(window_.size());
    }
    const int outcome = inflate(&stream_, Z_NO_FLUSH);
    if (outcome == Z_MEM_ERROR) throw std::bad_alloc();
    if (outcome == Z_STREAM_END) ended_ = true;
    else if (outcome != Z_OK && outcome != Z_BUF_ERROR) fail("its deflated data is damaged");
    return outcome;
}

void Inflater::read(std::span<std::byte> out) {
    constexpr std::size_t most = 1 << 30;  // of zlib's 32-bit counts
    while (!out.empty()) {
        if (ended_) fail("its deflated data ends early");
        const std::size_t wanted = std::min(out.size(), most);
        stream_.next_out = reinterpret_cast<Bytef*>(out.data());
        stream_.avail_out = static_cast<uInt>(wanted);
        const int outcome = step();
        const std::size_t count = wanted - stream_.avail_out;
        if (outcome == Z_BUF_ERROR && count == 0 && stream_.avail_in == 0 && consumed_ == data_.stored_bytes)
            fail("its deflated data ends early");
        produced_ += count;
        out = out.subspan(count);
    }
}

void Inflater::advance_to(std::uint64_t position) {
    std::vector<std::byte> passed(static_cast<std::size_t>(std::min<std::uint64_t>(position - produced_, 1 << 15)));
    while (produced_ < position)
        read(std::span(passed).first(
            static_cast<std::size_t>(std::min<std::uint64_t>(position - produced_, passed.size()))));
}

void Inflater::finish() {
    std::byte beyond{};
    stream_.next_out = reinterpret_cast<Bytef*>(&beyond);
    while (!ended_) {
        stream_.avail_out = 1;
        const bool exhausted = stream_.avail_in == 0 && consumed_ == data_.stored_bytes;
        const int outcome = step();
        if (stream_.avail_out == 0) fail("its deflated data has more bytes than the directory says");
        if (outcome == Z_BUF_ERROR && exhausted) fail("its deflated data ends early");
    }
    stream_.next_out = nullptr;
    if (stream_.avail_in != 0 || consumed_ != data_.stored_bytes) fail("bytes follow its deflated data");
}

}  // namespace rotoscope
