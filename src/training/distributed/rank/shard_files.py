"""The files of a rank: fetched by HTTP, checked by length and hash, and read into arrays."""

from __future__ import annotations

import hashlib
import http.client
import time
import urllib.error
import urllib.request
from typing import Any, Callable

import numpy as np

SILENT_SECONDS = 30
TRIES = 3
Json = dict[str, Any]


class Failure(Exception):
    """Why this rank cannot go on: one of RANK_FAILURES, and words."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class HashedStream:
    """The bytes of a response, counted and hashed as they are read."""

    def __init__(self, source: Any) -> None:
        self.source, self.hash, self.count = source, hashlib.sha256(), 0

    def read(self, size: int) -> bytes:
        data: bytes = self.source.read(size)
        self.hash.update(data)
        self.count += len(data)
        return data

    def readinto(self, view: memoryview) -> int:
        size: int = self.source.readinto(view)
        self.hash.update(view[:size])
        self.count += size
        return size


# Neither files nor redirects nor what else the default opener knows; its proxies.
_opener = urllib.request.OpenerDirector()
for _handler in (
    urllib.request.ProxyHandler(),
    urllib.request.HTTPHandler(),
    urllib.request.HTTPSHandler(),
    urllib.request.HTTPDefaultErrorHandler(),
    urllib.request.HTTPErrorProcessor(),
):
    _opener.add_handler(_handler)


def fetch(file: Json, what: str, read: Callable[[HashedStream], Any]) -> Any:
    """What `read` makes of a file, whose length and hash are then as promised."""
    if not file["url"].startswith(("http://", "https://")):
        raise Failure("START_INVALID", f"The address of {what} is neither http nor https.")
    for left in reversed(range(TRIES)):
        try:
            with _opener.open(file["url"], timeout=SILENT_SECONDS) as response:
                stream = HashedStream(response)
                try:
                    result = read(stream)
                except (ValueError, EOFError) as error:
                    raise Failure("SHARD_INVALID", f"{what}: {error}") from None
                if stream.read(1) or stream.count != file["bytes"]:
                    raise Failure("SHARD_INVALID", f"{what} has not the {file['bytes']} bytes that it should have.")
                if stream.hash.hexdigest() != file["sha256"]:
                    raise Failure("SHARD_INVALID", f"{what} is another file than its hash says.")
                return result
        except urllib.error.HTTPError as error:
            reason, is_final = f"HTTP status {error.code}", error.code < 500
        except (OSError, http.client.HTTPException) as error:
            # Not the words of the error: they may have the address.
            reason, is_final = type(getattr(error, "reason", error)).__name__, False
        if is_final or left == 0:
            raise Failure("SHARD_UNAVAILABLE", f"{what} could not be fetched: {reason}.")
        time.sleep(1)


def load_array(file: Json, what: str, out: Any, types: str) -> None:
    """Reads a .npy file into `out`, whose shape it must have, without a second copy of it in memory."""

    def read(stream: HashedStream) -> None:
        npy: Any = np.lib.format
        version = npy.read_magic(stream)
        headers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
        if version not in headers:
            raise ValueError(f"version {version} of the .npy format is not known")
        shape, is_fortran, dtype = headers[version](stream)
        if shape != out.shape or dtype.str not in types.split() or (is_fortran and len(shape) > 1):
            raise ValueError(f"an array of {dtype.str} {shape}, not of {types} {out.shape} in C order")
        array = out if dtype == out.dtype else np.empty(shape, dtype)
        view = memoryview(array).cast("B")
        while view:
            size = stream.readinto(view)
            if size == 0:
                raise EOFError("it ends too early")
            view = view[size:]
        if array is not out:
            out[...] = array

    fetch(file, what, read)


class Rows:
    """The rows of some shards: a byte for each cell."""

    def __init__(self, shards: list[Json], features: int, name: str) -> None:
        count = sum(shard["rows"] for shard in shards)
        weighted = any(shard["weights"] is not None for shard in shards)
        self.codes = np.empty((count, features), np.uint8)
        self.target = np.empty(count, np.float32)
        self.weights = np.ones(count, np.float32) if weighted else None
        start = 0
        for at, shard in enumerate(shards):
            part, what = slice(start, start + shard["rows"]), f"{name} {at + 1} of {len(shards)}"
            load_array(shard["codes"], f"The codes of {what}", self.codes[part], "|u1")
            load_array(shard["target"], f"The target of {what}", self.target[part], "<f4 <f8")
            if self.weights is not None and shard["weights"] is not None:
                load_array(shard["weights"], f"The weights of {what}", self.weights[part], "<f4 <f8")
            start = part.stop

    @property
    def count(self) -> int:
        return len(self.target)
