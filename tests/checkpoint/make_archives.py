"""Bytes of zip, NumPy, PyTorch and GGUF files, with a defect where asked: for make_malformed.py."""

import struct
import zlib


def member(name, data, method=0, flags=0, level=9, **changes):
    """A member of zip_archive. `changes` replace what its headers say: crc, stored, bytes, local_*, central_* …"""
    packer = zlib.compressobj(level, zlib.DEFLATED, -15)
    packed = packer.compress(data) + packer.flush() if method == 8 else data
    return {"name": name.encode() if isinstance(name, str) else name, "packed": packed, "method": method, "flags": flags,
            "crc": zlib.crc32(data), "stored": len(packed), "bytes": len(data), **changes}


def local_header(m):
    blank = m["flags"] & 8 and not m.get("local_filled")
    name = m.get("local_name", m["name"])
    extra = m.get("local_extra", b"")
    crc, stored, size = (0, 0, 0) if blank else (m["crc"], m["stored"], m["bytes"])
    if m.get("zip64"):
        extra += struct.pack("<HHQQ", 1, 16, size, stored)
        stored = size = 0xFFFFFFFF
    return struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 0, m.get("local_flags", m["flags"]), m.get("local_method", m["method"]),
                       0, 0, m.get("local_crc", crc), m.get("local_stored", stored), m.get("local_bytes", size), len(name),
                       len(extra)) + name + extra


def central_header(m, offset):
    extra = m.get("extra", b"")
    stored, size = m["stored"], m["bytes"]
    if m.get("zip64"):
        extra += struct.pack("<HHQQQ", 1, 24, size, stored, offset)
        stored = size = offset = 0xFFFFFFFF
    return struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\1\2", 0, 0, m["flags"], m["method"], 0, 0, m["crc"],
                       m.get("central_stored", stored), m.get("central_bytes", size), len(m["name"]), len(extra), 0,
                       m.get("disk", 0), 0, 0, m.get("offset", offset)) + m["name"] + extra


def zip_archive(members, comment=b"", comment_length=None, entries=None, zip64=False, **end):
    body, directory = b"", b""
    for m in members:
        offset = len(body)
        body += local_header(m) + m["packed"]
        if m["flags"] & 8:
            body += m.get("descriptor", struct.pack("<4sIII", b"PK\7\10", m["crc"], m["stored"], m["bytes"]))
        directory += m.get("central", central_header(m, offset))
        body += m.get("gap", b"")
    count = len(members) if entries is None else entries
    begin = end.get("begin", len(body))
    size = end.get("size", len(directory))
    tail = b""
    if zip64:
        record = len(body) + len(directory)
        tail = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, end.get("wide_entries", count), count, size, begin)
        tail += struct.pack("<4sIQI", b"PK\6\7", 0, end.get("locator", record), 1)
    tail += struct.pack("<4sHHHHIIH", b"PK\5\6", end.get("disk", 0), end.get("disk", 0), count, count, size, begin,
                        len(comment) if comment_length is None else comment_length)
    return body + directory + tail + comment


def npy(descr="<f4", shape=(2,), data=None, fortran=False, version=(1, 0), header=None):
    text = header if header is not None else "{'descr': %r, 'fortran_order': %r, 'shape': %r, }" % (descr, fortran, shape)
    text = text.encode() if isinstance(text, str) else text
    length = struct.pack("<H" if version[0] == 1 else "<I", len(text) + 1)
    return b"\x93NUMPY" + bytes(version) + length + text + b"\n" + (bytes(range(8)) if data is None else data)


def short(text):
    return b"X" + struct.pack("<I", len(text)) + text.encode()


def integer(value):
    return b"K" + bytes([value]) if 0 <= value < 256 else b"\x8a\x08" + struct.pack("<q", value)


def sizes(values):
    return b"(" + b"".join(integer(v) for v in values) + b"t"


def storage(key="0", kind="torch\nFloatStorage", elements=2, tail=b"", word="storage"):
    return b"(" + short(word) + b"c" + kind.encode() + b"\n" + short(key) + short("cpu") + integer(elements) + tail + b"tQ"


def tensor(store=None, offset=0, shape=(2,), strides=(1,), function="torch._utils\n_rebuild_tensor_v2", tail=None):
    if tail is None:
        tail = b"\x89ccollections\nOrderedDict\n)R"
    return (b"c" + function.encode() + b"\n(" + (storage() if store is None else store) + integer(offset) + sizes(shape)
            + sizes(strides) + tail + b"tR")


def pickled(items):
    """A state dict of {name: opcodes}."""
    return b"\x80\x02}(" + b"".join(short(name) + value for name, value in items.items()) + b"u."


def torch_zip(pickle, storages=None, extra=(), name="m", byteorder=b"little"):
    storages = {"0": bytes(range(8))} if storages is None else storages
    members = [member(name + "/data.pkl", pickle)] if pickle is not None else []
    if byteorder is not None:
        members.append(member(name + "/byteorder", byteorder))
    members += [member("%s/data/%s" % (name, key), data) for key, data in storages.items()]
    return zip_archive(members + [member(name + "/version", b"3\n")] + list(extra))


MAGIC = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."


def torch_legacy(main, keys=("0",), data=None, magic=MAGIC, protocol=1001, system=None):
    if system is None:
        system = b"\x80\x02}(" + short("little_endian") + b"\x88u."
    if data is None:
        data = struct.pack("<q", 2) + bytes(range(8))
    listed = b"\x80\x02](" + b"".join(short(key) for key in keys) + b"e."
    return magic + b"\x80\x02M" + struct.pack("<H", protocol) + b"." + system + main + listed + data


def text(value):
    value = value.encode() if isinstance(value, str) else value
    return struct.pack("<Q", len(value)) + value


def entry(key, kind, value):
    return text(key) + struct.pack("<I", kind) + value


def info(name="a", shape=(2,), kind=0, offset=0, rank=None):
    return (text(name) + struct.pack("<I", len(shape) if rank is None else rank)
            + b"".join(struct.pack("<Q", n) for n in shape) + struct.pack("<IQ", kind, offset))


def gguf(infos=None, data=None, entries=(), version=3, tensors=None, entry_count=None, alignment=32, magic=b"GGUF"):
    infos = [info()] if infos is None else infos
    head = magic + struct.pack("<IQQ", version, len(infos) if tensors is None else tensors,
                               len(entries) if entry_count is None else entry_count)
    head += b"".join(entries) + b"".join(infos)
    return head + bytes(-len(head) % alignment) + (bytes(range(8)) if data is None else data)
