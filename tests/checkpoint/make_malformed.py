#!/usr/bin/env python3
"""Writes the malformed and permissive checkpoints, indexes and configurations of this folder: safetensors here, other
formats in make_formats.py.

    python3 make_malformed.py

malformed/NAME.EXTENSION or malformed/NAME/ (a folder to open) has one defect; malformed/NAME.expected holds a
fragment of the message. permissive/ holds what is odd but valid; NAME.expected lists its tensors, one a line.
"""

import json
import os
import shutil
import struct

import make_formats

HERE = os.path.dirname(os.path.abspath(__file__))


def entry(begin, end, shape=None, dtype="F32"):
    if shape is None:
        shape = [(end - begin) // 4]
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def pack(header, data=b"", length=None):
    if not isinstance(header, bytes):
        header = (header if isinstance(header, str) else json.dumps(header, separators=(",", ":"))).encode()
    return struct.pack("<Q", len(header) if length is None else length) + header + data


def write(path, content):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as stream:
        stream.write(content if isinstance(content, bytes) else content.encode())


def save(kind, name, content, expected, extension):
    """content: bytes of one file, or {file name: bytes} for a folder."""
    if isinstance(content, dict):
        for file, part in content.items():
            write(os.path.join(HERE, kind, name, file), part)
    else:
        write(os.path.join(HERE, kind, name + extension), content)
    write(os.path.join(HERE, kind, name + ".expected"), expected + "\n")


def bad(name, content, expected, extension=".safetensors"):
    save("malformed", name, content, expected, extension)


def odd(name, content, *tensors):
    save("permissive", name, content, "\n".join(sorted(tensors)), ".safetensors")


F4 = bytes(range(4))
F8 = bytes(range(8))
ONE = '"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}'


def length_and_header():
    bad("empty_file", b"", "is empty")
    bad("length_cut", b"\x10\0\0\0\0", "has 5 bytes; a safetensors file begins with 8")
    bad("length_zero", pack("") + F8, "its header has 0 bytes")
    bad("length_one", pack("{"), "its header has 1 bytes")
    bad("length_beyond_file", pack({"a": entry(0, 4)}, F4, 4096), "its header of 4096 bytes ends behind the file's")
    bad("length_beyond_limit", pack("{}", b"", 100_000_001), "claim a header of 100000001 bytes")
    bad("length_wraps", pack("{}", b"", 2**64 - 8), "claim a header of 18446744073709551608 bytes")
    bad("length_cuts_json", pack({"a": entry(0, 4)}, F4, 20), "at byte 28: is not JSON: ends here")
    bad("length_includes_data", pack({}, F4, 6), "at byte 10: found a zero byte")
    bad("git_lfs_pointer", b"version https://git-lfs.github.com/spec/v1\n", "is a Git LFS pointer")
    bad("header_array", pack("[]"), "at byte 8: the header begins with '['; expected '{'")
    bad("header_space_first", pack(" {}"), "the header begins with ' '; expected '{'")
    bad("header_bom", pack(b"\xef\xbb\xbf{}"), "expected '{'")


def json_text():
    bad("json_trailing_junk", pack("{" + ONE + "}x", F4), "is not JSON: found 'x'; expected nothing more")
    bad("json_second_value", pack("{" + ONE + "} {}", F4), "is not JSON: found '{'; expected nothing more")
    bad("json_trailing_nul", pack("{" + ONE + "}\0\0", F4), "found a zero byte; expected JSON")
    bad("json_trailing_comma", pack("{" + ONE + ",}", F4), "is not JSON: found '}'; expected a key")
    bad("json_single_quotes", pack("{'a':1}"), "is not JSON: found '''")
    bad("json_comment", pack("{/* */}"), "is not JSON: found '/")
    bad("json_not_utf8", pack(b'{"\xff\xfe":1}'), "expected a string of valid UTF-8")
    bad("json_overlong_utf8", pack(b'{"\xc0\xaf":1}'), "expected a string of valid UTF-8")
    bad("json_lone_surrogate", pack('{"\\ud800":1}'), "is not JSON: found '\"\\ud800\"'")
    bad("json_raw_newline", pack('{"a\nb":1}'), "expected a string of valid UTF-8")
    bad("json_cut_literal", pack('{"a":nul'), "is not JSON: ends here; expected ':' and a value")
    bad("json_colon_missing", pack('{"a" 1}'), "is not JSON: found '1'; expected ':' and a value")
    bad("json_leading_zero", pack('{"a":{"dtype":"F32","shape":[01],"data_offsets":[0,4]}}', F4), "is not JSON")
    bad("json_number_overflow", pack('{"a":1e999}'), "the number '1e999' does not fit")
    bad("json_nan", pack('{"a":NaN}'), "is not JSON: found 'N")
    bad("json_deep", pack('{"a":' + "[" * 70), "expected an object with dtype")


def metadata():
    bad("metadata_number", pack({"__metadata__": {"step": 3}}), "found the number 3; expected a string in __metadata__")
    bad("metadata_nested", pack({"__metadata__": {"a": {}}}), "found an object; expected a string in __metadata__")
    bad("metadata_null", pack({"__metadata__": None}), "found null; expected an object of strings as __metadata__")
    bad("metadata_twice", pack('{"__metadata__":{},"__metadata__":{}}'), "the key '__metadata__' appears twice")
    bad("metadata_key_twice", pack('{"__metadata__":{"a":"","\\u0061":""}}'), "the key 'a' appears twice in __metadata__")


def tensors():
    bad("tensor_null", pack({"a": None}), "found null; expected an object with dtype, shape and data_offsets")
    bad("tensor_array", pack({"a": []}), "found an array; expected an object with dtype")
    bad("tensor_twice", pack("{" + ONE + "," + ONE.replace("[0,4]", "[4,8]") + "}", F8), "'a': appears twice")
    bad("tensor_twice_same_range", pack("{" + ONE + "," + ONE + "}", F4), "'a': appears twice")
    bad("tensor_twice_escaped", pack("{" + ONE + "," + ONE.replace('"a"', '"\\u0061"').replace("[0,4]", "[4,8]") + "}", F8),
        "'a': appears twice")
    bad("dtype_missing", pack({"a": {"shape": [1], "data_offsets": [0, 4]}}, F4), "'a': at byte")
    bad("shape_missing", pack({"a": {"dtype": "F32", "data_offsets": [0, 4]}}, F4), "has no shape")
    bad("offsets_missing", pack({"a": {"dtype": "F32", "shape": [1]}}, F4), "has no data_offsets")
    bad("dtype_number", pack({"a": {"dtype": 32}}), "found the number 32; expected a string as dtype")
    bad("dtype_array", pack({"a": {"dtype": ["F32"]}}), "found an array; expected a string as dtype")
    bad("dtype_twice", pack('{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}', F4),
        "the key 'dtype' appears twice")
    bad("shape_twice", pack('{"a":{"dtype":"F32","shape":[1],"shape":[1],"data_offsets":[0,4]}}', F4),
        "the key 'shape' appears twice")
    bad("offsets_twice", pack('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"data_offsets":[0,4]}}', F4),
        "the key 'data_offsets' appears twice")
    bad("key_unknown", pack({"a": {**entry(0, 4), "stride": [1]}}, F4), "has the key 'stride'")
    bad("shape_string", pack({"a": {"dtype": "F32", "shape": "1"}}), "found a string; expected an array as shape")
    bad("shape_negative", pack({"a": entry(0, 4, [-1])}, F4), "found a number with a minus sign (-1)")
    bad("shape_fraction", pack({"a": entry(0, 4, [1.0])}, F4), "found a number that is not a 64-bit integer (1)")
    bad("shape_beyond_64_bits", pack({"a": entry(0, 4, [2**64])}, F4), "found a number that is not a 64-bit integer")
    bad("shape_nested", pack({"a": entry(0, 4, [[1]])}, F4), "found an array; expected a whole number")
    bad("shape_product_wraps", pack({"a": entry(0, 0, [2**32, 2**32])}), "has more than 2^64 - 1 elements")
    bad("shape_product_wraps_before_zero", pack({"a": entry(0, 0, [2**63, 2**63, 0])}), "has more than 2^64 - 1 elements")
    bad("shape_bytes_wrap", pack({"a": entry(0, 0, [2**62])}), "needs more than 2^64")
    bad("shape_rank", pack({"a": entry(0, 4, [1] * 65)}, F4), "shape has more than 64 numbers")
    bad("size_small", pack({"a": entry(0, 4, [2])}, F4), "span 4 bytes; F32 [2] needs 8")
    bad("size_large", pack({"a": entry(0, 8, [1])}, F8), "span 8 bytes; F32 [1] needs 4")
    bad("size_scalar", pack({"a": entry(0, 8, [])}, F8), "span 8 bytes; F32 [] needs 4")


def ranges():
    bad("offsets_one", pack({"a": {**entry(0, 4), "data_offsets": [0]}}, F4), "data_offsets has 1 numbers; expected 2")
    bad("offsets_three", pack({"a": {**entry(0, 4), "data_offsets": [0, 4, 4]}}, F4), "more than 2 numbers")
    bad("offsets_negative", pack({"a": entry(-4, 0, [1])}, F4), "found a number with a minus sign (-4)")
    bad("offsets_reversed", pack({"a": entry(4, 0, [1])}, F4), "end before they begin")
    bad("offsets_beyond", pack({"a": entry(0, 8)}, F4), "end behind the file's 4 bytes of data")
    bad("offsets_wrap", pack({"a": entry(2**64 - 4, 2**64 - 1, [3], "U8")}, F4), "end behind the file's 4 bytes")
    bad("hole_first", pack({"a": entry(4, 8)}, F8), "begins at byte 4 of the data, behind a hole")
    bad("hole_between", pack({"a": entry(0, 4), "b": entry(8, 12)}, F4 * 3), "'b': begins at byte 8 of the data, behind")
    bad("trailing_byte", pack({"a": entry(0, 4)}, F4 + b"\0"), "1 bytes follow the last tensor")
    bad("trailing_without_tensors", pack({}, F4), "4 bytes follow the last tensor")
    bad("overlap", pack({"a": entry(0, 8), "b": entry(4, 12)}, F4 * 3), "'b': begins at byte 4 of the data, inside tensor 'a'")
    bad("overlap_same_range", pack({"a": entry(0, 4), "b": entry(0, 4)}, F4), "inside tensor")
    bad("overlap_contained", pack({"a": entry(0, 12), "b": entry(4, 8)}, F4 * 3), "'b': begins at byte 4 of the data, inside")
    bad("empty_inside", pack({"a": entry(0, 8), "b": entry(4, 4, [0])}, F8), "'b': begins at byte 4 of the data, inside")
    bad("empty_beyond", pack({"a": entry(0, 4), "b": entry(8, 8, [0])}, F4), "end behind the file's 4 bytes")
    bad("unknown_dtype_overlap", pack({"a": entry(0, 8), "b": entry(4, 8, [1], "F4")}, F8), "'b': begins at byte 4")
    bad("unknown_dtype_overflow", pack({"a": entry(0, 4, [2**63, 2], "F4")}, F4), "has more than 2^64 - 1 elements")


SHARD = pack({"a": entry(0, 4)}, F4)


def index(weight_map, **files):
    return {"model.safetensors.index.json": json.dumps({"metadata": {}, "weight_map": weight_map}), **files}


def indexes():
    one = {"one.safetensors": SHARD}
    raw = lambda text: {"model.safetensors.index.json": text, **one}
    bad("folder_without_model", {"readme": "nothing"}, "the folder has no model.safetensors, pytorch_model.bin")
    bad("index_shard_missing", index({"a": "one.safetensors", "b": "two.safetensors"}, **one), "two.safetensors: does not exist")
    bad("index_absolute", index({"a": "/etc/passwd"}, **one), "the file name '/etc/passwd' leaves the index's folder")
    bad("index_parent", index({"a": "../one.safetensors"}, **one), "leaves the index's folder")
    bad("index_parent_inside", index({"a": "x/../one.safetensors"}, **one), "leaves the index's folder")
    bad("index_backslash", index({"a": "..\\one.safetensors"}, **one), "leaves the index's folder")
    bad("index_nul", index({"a": "one.safetensors\0"}, **one), "leaves the index's folder")
    bad("index_empty_name", index({"a": ""}, **one), "leaves the index's folder")
    bad("index_is_folder", index({"a": "."}, **one), "is a folder; expected a regular file")
    bad("index_value_number", index({"a": 1}, **one), "'a': weight_map holds no file name for it")
    bad("index_key_twice", raw('{"weight_map":{"a":"one.safetensors","\\u0061":"one.safetensors"}}'), "the key 'a' appears twice")
    bad("index_map_twice", raw('{"weight_map":{"a":"one.safetensors"},"weight_map":{}}'), "the key 'weight_map' appears twice")
    bad("index_map_missing", raw('{"metadata":{}}'), "it has no object 'weight_map'")
    bad("index_map_array", raw('{"weight_map":["one.safetensors"]}'), "it has no object 'weight_map'")
    bad("index_map_empty", raw('{"weight_map":{}}'), "weight_map is empty")
    bad("index_not_json", raw('{"weight_map":{"a":"one.safetensors"'), "is not JSON: ends here")
    bad("index_deep", raw('{"metadata":' + "[" * 64 + "]" * 64 + ',"weight_map":{"a":"one.safetensors"}}'), "nested deeper than 64")
    bad("index_shard_malformed", index({"a": "one.safetensors"}, **{"one.safetensors": SHARD[:-1]}), "one.safetensors: tensor 'a'")
    bad("index_array", raw("[]"), "it has no object 'weight_map'")


def configs():
    config = lambda text: {"model.safetensors": SHARD, "config.json": text}
    bad("config_empty", config(""), "config.json: at byte 0: is not JSON: ends here; expected a value")
    bad("config_array", config("[1]"), "config.json: is no configuration")
    bad("config_key_twice", config('{"a":{"b":1,"b":2}}'), "config.json: at byte 12: the key 'b' appears twice")
    bad("config_trailing", config('{"a":1}]'), "config.json: at byte 7: is not JSON: found ']'; expected nothing more")
    bad("config_deep", config("{" + '"a":{' * 64 + "}" * 65), "config.json: at byte")
    bad("config_overflow", config('{"a":-1e400}'), "the number '-1e400' does not fit")


def permissive():
    odd("no_tensors", pack({}))
    odd("metadata_only", pack({"__metadata__": {}}))
    odd("metadata_last", pack("{" + ONE + ',"__metadata__":{"format":"pt"}}', F4), "a")
    odd("zero_size", pack({"a": entry(0, 0, [0, 7]), "b": entry(0, 4), "c": entry(4, 4, [3, 0])}, F4), "a", "b", "c")
    odd("zero_size_between", pack({"a": entry(0, 4), "b": entry(4, 4, [0]), "c": entry(4, 8)}, F8), "a", "b", "c")
    odd("rank_zero", pack({"a": entry(0, 4, [])}, F4), "a")
    odd("rank_64", pack({"a": entry(0, 4, [1] * 64)}, F4), "a")
    odd("unknown_dtype", pack({"a": entry(0, 4), "b": entry(4, 7, [6], "F4")}, F4 + b"123"), "a", "b")
    odd("utf8_name", pack(json.dumps({"größe.λ.重み": entry(0, 4)}, ensure_ascii=False), F4), "größe.λ.重み")
    odd("escaped_name", pack({"\U0001f600": entry(0, 4)}, F4), "\U0001f600")
    odd("empty_name", pack({"": entry(0, 4), "b": entry(4, 8)}, F8), "", "b")
    odd("padded", pack(json.dumps({"a": entry(0, 4)}) + " " * 23, F4), "a")
    odd("padded_lines", pack(json.dumps({"a": entry(0, 4)}, indent=2) + "\r\n\t ", F4), "a")
    odd("unaligned", pack("{" + ONE.replace("F32", "U8").replace("[1]", "[4]") + ',"b":{"dtype":"F64","shape":[1],"data_offsets":[4,12]}}   ', F4 + F8), "a", "b")
    odd("data_out_of_order", pack({"a": entry(4, 8), "b": entry(0, 4)}, F8), "a", "b")
    odd("keys_in_any_order", pack('{"a":{"data_offsets":[0,4],"shape":[1],"dtype":"F32"}}', F4), "a")
    odd("shard_in_folder", index({"a": "part/one.safetensors"}, **{"part/one.safetensors": SHARD}), "a")
    odd("index_extra_and_missing", index({"a": "one.safetensors", "z": "one.safetensors"}, **{
        "one.safetensors": pack({"a": entry(0, 4), "b": entry(4, 8)}, F8)}), "a")
    odd("index_wrong_shard", index({"a": "one.safetensors", "b": "one.safetensors", "c": "two.safetensors"}, **{
        "one.safetensors": SHARD, "two.safetensors": pack({"b": entry(0, 4), "c": entry(4, 8)}, F8)}), "a", "c")
    odd("index_same_file_twice", index({"a": "one.safetensors", "b": "./one.safetensors"}, **{
        "one.safetensors": pack({"a": entry(0, 4), "b": entry(4, 8)}, F8)}), "a", "b")
    odd("index_over_model", index({"a": "one.safetensors"}, **{"one.safetensors": SHARD, "model.safetensors": pack({})}), "a")
    odd("config_with_unicode", {"model.safetensors": SHARD, "config.json": '{"name":"\\u00e9\\ud83d\\ude00","a/b":{"~":[1,null]}}'}, "a")


if __name__ == "__main__":
    for kind in ("malformed", "permissive"):
        shutil.rmtree(os.path.join(HERE, kind), ignore_errors=True)
    for part in (length_and_header, json_text, metadata, tensors, ranges, indexes, configs, permissive):
        part()
    for part in (make_formats.zips, make_formats.arrays, make_formats.torch, make_formats.ggufs, make_formats.others):
        part(bad)
    make_formats.permissive(
        lambda name, content, extension, *tensors: save("permissive", name, content, "\n".join(sorted(tensors)), extension))
