#include "header_budget.hpp"
#include "pickle.hpp"

#include <fmt/format.h>

#include <cstring>
#include <string>
#include <vector>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

constexpr std::size_t most_stack = 2'000'000;
constexpr std::size_t most_marks = 100'000;
constexpr std::uint64_t most_memo = 4'000'000;
constexpr std::uint64_t longest_text = 1 << 24;
constexpr std::size_t longest_name = 1000;
constexpr unsigned highest_protocol = 5;

class Machine {
public:
    Machine(ByteReader& reader, PickleObjects& objects) : reader_(reader), objects_(objects) {}

    PickleValue run() {
        const std::uint64_t start = reader_.position();
        std::uint64_t begin = start;
        try {
            for (unsigned char opcode = reader_.byte(); opcode != '.'; opcode = reader_.byte()) {
                step(opcode);
                begin = reader_.position();
                if (begin - start > HeaderBudget::most_bytes)
                    throw input_error(fmt::format("the pickle has more than {} bytes", HeaderBudget::most_bytes));
            }
            const PickleValue value = pop();
            if (!stack_.empty() || !marks_.empty())
                throw input_error(fmt::format("the pickle ends with {} values too many", stack_.size()));
            return value;
        } catch (Error& error) {
            throw error.at_offset(begin);
        }
    }

private:
    void step(unsigned char opcode) {
        if (!step_scalar(opcode) && !step_text(opcode) && !step_container(opcode) && !step_stack(opcode) &&
            !step_call(opcode))
            throw input_error(
                fmt::format("found the pickle opcode 0x{:02x}, which PyTorch does not write", unsigned{opcode}));
    }

    bool step_scalar(unsigned char opcode) {
        switch (opcode) {
            case 'N':
                return push({PickleKind::none, 0});
            case 0x88:  // NEWTRUE
                return push({PickleKind::boolean, 1});
            case 0x89:  // NEWFALSE
                return push({PickleKind::boolean, 0});
            case 'K':  // BININT1
                return push_integer(reader_.byte());
            case 'M':  // BININT2
                return push_integer(reader_.integer<std::uint16_t>());
            case 'J':  // BININT
                return push_integer(reader_.integer<std::int32_t>());
            case 0x8A:  // LONG1
                return push_long(reader_.byte());
            case 0x8B: {  // LONG4
                const auto size = reader_.integer<std::int32_t>();
                if (size < 0) throw input_error("found an integer of a negative length");
                return push_long(static_cast<std::uint64_t>(size));
            }
            case 'G':  // BINFLOAT, big-endian
                return push({PickleKind::real, __builtin_bswap64(reader_.integer<std::uint64_t>())});
            default:
                return false;
        }
    }

    bool step_text(unsigned char opcode) {
        switch (opcode) {
            case 'X':  // BINUNICODE
                return push_text(PickleKind::text, reader_.integer<std::uint32_t>());
            case 0x8C:  // SHORT_BINUNICODE
            case 'U':   // SHORT_BINSTRING, Python 2
                return push_text(PickleKind::text, reader_.byte());
            case 'T':  // BINSTRING, Python 2
                return push_text(PickleKind::text, reader_.integer<std::uint32_t>());
            case 0x8D:  // BINUNICODE8
                return push_text(PickleKind::text, reader_.integer<std::uint64_t>());
            case 'C':  // SHORT_BINBYTES
                return push_text(PickleKind::bytes, reader_.byte());
            case 'B':  // BINBYTES
                return push_text(PickleKind::bytes, reader_.integer<std::uint32_t>());
            case 0x8E:  // BINBYTES8
            case 0x96:  // BYTEARRAY8
                return push_text(PickleKind::bytes, reader_.integer<std::uint64_t>());
            default:
                return false;
        }
    }

    bool step_container(unsigned char opcode) {
        switch (opcode) {
            case '}':  // EMPTY_DICT
                return push(objects_.add_container(PickleKind::dict));
            case ']':  // EMPTY_LIST
                return push(objects_.add_container(PickleKind::list));
            case ')':  // EMPTY_TUPLE
                return push(objects_.add_container(PickleKind::tuple));
            case 0x8F:  // EMPTY_SET
                return push(objects_.add_container(PickleKind::set));
            case 't':  // TUPLE
                return push_marked(PickleKind::tuple);
            case 'l':  // LIST
                return push_marked(PickleKind::list);
            case 'd':  // DICT
                check_pairs();
                return push_marked(PickleKind::dict);
            case 0x91:  // FROZENSET
                return push_marked(PickleKind::set);
            case 0x85:  // TUPLE1 to TUPLE3
            case 0x86:
            case 0x87:
                return push_last(opcode - 0x84U);
            case 'a':  // APPEND
                return add_last(PickleKind::list, 1);
            case 's':  // SETITEM
                return add_last(PickleKind::dict, 2);
            case 'e':  // APPENDS
                return add_marked(PickleKind::list);
            case 'u':  // SETITEMS
                check_pairs();
                return add_marked(PickleKind::dict);
            case 0x90:  // ADDITEMS
                return add_marked(PickleKind::set);
            default:
                return false;
        }
    }

    bool step_stack(unsigned char opcode) {
        switch (opcode) {
            case 0x80:  // PROTO
                if (const unsigned protocol = reader_.byte(); protocol > highest_protocol)
                    throw input_error(fmt::format("has the pickle protocol {}; expected at most 5", protocol));
                return true;
            case 0x95:  // FRAME
                if (const auto length = reader_.integer<std::uint64_t>(); length > reader_.remaining())
                    throw input_error(fmt::format("a frame of {} bytes ends behind the pickle", length));
                return true;
            case '(':  // MARK
                if (marks_.size() == most_marks) throw input_error("the pickle's marks are nested too deep");
                marks_.push_back(stack_.size());
                return true;
            case '0':  // POP
                if (!marks_.empty() && marks_.back() == stack_.size()) marks_.pop_back();
                else (void)pop();
                return true;
            case '1':  // POP_MARK
                stack_.resize(pop_mark());
                return true;
            case '2':  // DUP
                return push(top());
            case 'h':  // BINGET
                return get(reader_.byte());
            case 'j':  // LONG_BINGET
                return get(reader_.integer<std::uint32_t>());
            case 'q':  // BINPUT
                return put(reader_.byte());
            case 'r':  // LONG_BINPUT
                return put(reader_.integer<std::uint32_t>());
            case 0x94:  // MEMOIZE
                return put(memo_.size());
            default:
                return false;
        }
    }

    bool step_call(unsigned char opcode) {
        switch (opcode) {
            case 'c': {  // GLOBAL
                const std::string module = reader_.line(longest_name);
                return push_global(module, reader_.line(longest_name));
            }
            case 0x93: {  // STACK_GLOBAL
                const PickleValue name = pop();
                const PickleValue module = pop();
                if (name.kind != PickleKind::text || module.kind != PickleKind::text)
                    throw input_error("the pickle refers to a name that is no string");
                return push_global(objects_.text(module).substr(0, longest_name),
                                   objects_.text(name).substr(0, longest_name));
            }
            case 'R': {  // REDUCE
                const PickleValue arguments = pop();
                return push(call_pickle_global(objects_, pop(), arguments));
            }
            case 'Q':  // BINPERSID
                return push(find_pickle_storage(objects_, pop()));
            case 'b':  // BUILD
                (void)pop();
                if (top().kind != PickleKind::ordered_dict)  // its attributes: a state dict's _metadata
                    throw input_error(fmt::format("the pickle sets the state of {}", pickle_kind_name(top().kind)));
                return true;
            case 0x92:  // NEWOBJ_EX
                (void)pop();
                [[fallthrough]];
            case 0x81:  // NEWOBJ
                (void)pop();
                refuse_call(pop());
            case 'i': {  // INST
                const std::string module = reader_.line(longest_name);
                refuse_pickle_call(module + "." + reader_.line(longest_name));
            }
            case 'o': {  // OBJ
                const std::size_t mark = pop_mark();
                if (mark == stack_.size()) throw input_error("the pickle constructs nothing");
                refuse_call(stack_[mark]);
            }
            default:
                return false;
        }
    }

    [[noreturn]] void refuse_call(PickleValue callable) const {
        if (callable.kind == PickleKind::global) refuse_pickle_call(objects_.global(callable.payload).name);
        throw input_error(fmt::format("the pickle constructs {}", pickle_kind_name(callable.kind)));
    }

    bool push(PickleValue value) {
        if (stack_.size() == most_stack)
            throw input_error(fmt::format("the pickle's stack holds more than {} values", format_count(most_stack)));
        stack_.push_back(value);
        return true;
    }
    bool push_integer(std::int64_t value) { return push({PickleKind::integer, static_cast<std::uint64_t>(value)}); }
    /// A little-endian integer in two's complement.
    bool push_long(std::uint64_t size) {
        const std::string bytes = reader_.text(size, longest_text);
        if (size > sizeof(std::int64_t)) return push(objects_.add_text(PickleKind::big_integer, bytes));
        const bool negative = !bytes.empty() && (static_cast<unsigned char>(bytes.back()) & 0x80U) != 0;
        std::uint64_t value = negative ? ~std::uint64_t{0} : 0;
        std::memcpy(&value, bytes.data(), bytes.size());
        return push({PickleKind::integer, value});
    }
    bool push_text(PickleKind kind, std::uint64_t length) {
        return push(objects_.add_text(kind, reader_.text(length, longest_text)));
    }
    bool push_global(std::string_view module, std::string_view name) {
        return push(objects_.add_global(find_pickle_global(module, name)));
    }

    [[nodiscard]] PickleValue top() const {
        if (stack_.size() <= (marks_.empty() ? 0 : marks_.back()))
            throw input_error("the pickle takes a value that is not there");
        return stack_.back();
    }
    PickleValue pop() {
        const PickleValue value = top();
        stack_.pop_back();
        return value;
    }
    std::size_t pop_mark() {
        if (marks_.empty()) throw input_error("the pickle takes a mark that is not there");
        const std::size_t mark = marks_.back();
        marks_.pop_back();
        return mark;
    }
    void check_pairs() const {
        if (!marks_.empty() && (stack_.size() - marks_.back()) % 2 != 0)
            throw input_error("the pickle has a key without a value");
    }

    /// A new container with what lies above `begin`.
    bool push_from(PickleKind kind, std::size_t begin) {
        const PickleValue container = objects_.add_container(kind);
        for (std::size_t i = begin; i < stack_.size(); ++i) objects_.append(container, stack_[i]);
        stack_.resize(begin);
        return push(container);
    }
    bool push_marked(PickleKind kind) { return push_from(kind, pop_mark()); }
    bool push_last(std::size_t count) {
        if (stack_.size() - (marks_.empty() ? 0 : marks_.back()) < count)
            throw input_error("the pickle takes a value that is not there");
        return push_from(PickleKind::tuple, stack_.size() - count);
    }

    /// Moves what lies above `begin` into the container below.
    bool add_from(PickleKind kind, std::size_t begin) {
        if (begin == 0 || (!marks_.empty() && marks_.back() == begin))
            throw input_error("the pickle fills a container that is not there");
        const PickleValue container = stack_[begin - 1];
        const bool fits =
            container.kind == kind || (kind == PickleKind::dict && container.kind == PickleKind::ordered_dict);
        if (!fits) throw input_error(fmt::format("the pickle adds items to {}", pickle_kind_name(container.kind)));
        for (std::size_t i = begin; i < stack_.size(); ++i) objects_.append(container, stack_[i]);
        stack_.resize(begin);
        return true;
    }
    bool add_marked(PickleKind kind) { return add_from(kind, pop_mark()); }
    bool add_last(PickleKind kind, std::size_t count) {
        if (stack_.size() - (marks_.empty() ? 0 : marks_.back()) <= count)
            throw input_error("the pickle takes a value that is not there");
        return add_from(kind, stack_.size() - count);
    }

    bool put(std::uint64_t index) {
        if (index >= most_memo)
            throw input_error(fmt::format("the pickle's memo has the number {}; expected at most {}", index,
                                          format_count(most_memo)));
        if (index >= memo_.size()) memo_.resize(static_cast<std::size_t>(index) + 1, {unset, 0});
        memo_[static_cast<std::size_t>(index)] = top();
        return true;
    }
    bool get(std::uint64_t index) {
        if (index >= memo_.size() || memo_[static_cast<std::size_t>(index)].kind == unset)
            throw input_error(fmt::format("the pickle's memo has nothing as number {}", index));
        return push(memo_[static_cast<std::size_t>(index)]);
    }

    static constexpr auto unset = static_cast<PickleKind>(255);

    ByteReader& reader_;
    PickleObjects& objects_;
    std::vector<PickleValue> stack_;
    std::vector<std::size_t> marks_;
    std::vector<PickleValue> memo_;
};

}  // namespace

PickleValue run_pickle(ByteReader& reader, PickleObjects& objects) { return Machine(reader, objects).run(); }

}  // namespace rotoscope
