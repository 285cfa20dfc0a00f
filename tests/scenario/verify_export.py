"""
Verifies an export of the audit log without any of runhost's code, by the
formula of host/audit/chain.h.  One JSON object a line.
"""
import hashlib
import json
import struct
import sys

# As host/store/store_audit.h numbers them.
DECISIONS = {"allow": 1, "deny": 2, "error": 3, "intent": 4, "outcome": 5}


def field(data):
    if data is None:
        return struct.pack("<I", 0xffffffff)
    return struct.pack("<I", len(data)) + data


def text(value):
    return field(None if value is None else value.encode())


def row_hash(row):
    parts = b"rh1" + struct.pack("<QQ", row["chain"], row["seq"])
    parts += bytes.fromhex(row["prev_hash"])
    parts += struct.pack("<Q", row["at_us"])
    parts += field(bytes.fromhex(row["op_id"]))
    parts += text(row["principal"]) + text(row["via_text"])
    parts += text(row["action"]) + text(row["permission"])
    parts += field(bytes([DECISIONS[row["decision"]]]))
    parts += text(row["target"]) + text(row["detail_text"])
    return hashlib.blake2b(parts, digest_size=32).hexdigest()


def main(path):
    before, count = None, 0
    with open(path, encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            if before is not None and (row["prev_hash"] != before["hash"] or
                                       row["seq"] != before["seq"] + 1):
                return "row %d does not follow the row before it" % row["seq"]
            if before is None and row["prev_hash"] != "00" * 32:
                return "row %d is not the first" % row["seq"]
            if row_hash(row) != row["hash"]:
                return "row %d: its hash is another" % row["seq"]
            before, count = row, count + 1
    if count == 0:
        return "no rows"
    print("%d rows verified" % count)
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
