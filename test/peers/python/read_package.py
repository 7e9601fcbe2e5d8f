"""Unpacks a gzip file or a zip archive of one entry; prints its name, time, sha256 and size."""
import gzip
import hashlib
import json
import sys
import zipfile

path, kind = sys.argv[1:]
if kind == "gzip":
    with gzip.open(path) as file:
        plain = file.read()
        found = {"name": None, "time": file.mtime}
else:
    with zipfile.ZipFile(path) as archive:
        broken = archive.testzip()
        (entry,) = archive.infolist()
        plain = archive.read(entry)
        found = {"name": entry.filename, "time": list(entry.date_time), "broken": broken}
print(json.dumps({**found, "sha256": hashlib.sha256(plain).hexdigest(), "size": len(plain)}))
