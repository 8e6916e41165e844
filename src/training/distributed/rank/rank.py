"""One of the processes that train a model together with XGBoost, or the tracker that brings them together.

Reads and writes the lines that rank-protocol.ts describes. Needs numpy and xgboost (1.7 or newer) alone.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import os
import re
import resource
import sys
import threading
import time
from typing import Any, BinaryIO, Callable, NoReturn

PROTOCOL = 2
MISSING = 255
# Cut points between 255 codes at most, so that XGBoost's own binning keeps each code apart.
MAX_BINS = 256
# Words of XGBoost's errors that are about the other ranks.
LOST = re.compile("socket|connect|collective|allreduce|allgather|broadcast|rabit|tracker|peer|poll|timeout", re.IGNORECASE)
# Codes become floats this many at a time.
BLOCK_CELLS = 1 << 20

# XGBoost prints to standard output: that goes where people read, and the lines of the protocol have a descriptor of their own.
_lines = os.fdopen(os.dup(1), "wb", buffering=0)
os.dup2(2, 1)
_lock = threading.Lock()
_stop = threading.Event()
Json = dict[str, Any]


def emit(event: str, **fields: Any) -> None:
    with _lock:
        try:
            _lines.write(json.dumps({"event": event, **fields}).encode() + b"\n")
        except OSError:
            os._exit(1)  # Nobody reads any more.


def fail(code: str, error: object) -> NoReturn:
    emit("failed", code=code, message=str(error)[:2000] or code)
    os._exit(1)  # Other threads may be waiting for ranks that are gone.


try:
    import numpy as np
    import xgboost
    from losses import surplus_of_counts, to_loss
    from shard_files import Failure, Rows, fetch, load_array
    from xgboost import collective
except ImportError as missing:
    fail("LIBRARY_MISSING", missing)


def memory_bytes() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def watch(commands: BinaryIO) -> None:
    """Obeys the commands that come while the main thread trains; their end is that of the process that started this one."""
    for line in commands:
        try:
            command = json.loads(line)["command"]
        except (ValueError, KeyError, TypeError):
            command = None
        if command == "stop":
            _stop.set()
        elif command == "cancel":
            emit("cancelled")
            os._exit(0)
        else:
            fail("START_INVALID", "A line on standard input is no command.")
    os._exit(1)


def beat(seconds: float) -> None:
    while True:
        time.sleep(seconds)
        emit("heartbeat", memoryBytes=memory_bytes())


def to_floats(codes: Any) -> Any:
    floats = codes.astype(np.float32)
    floats[codes == MISSING] = np.nan
    return floats


def blocks(count: int, features: int) -> list[slice]:
    rows = max(1, BLOCK_CELLS // features)
    return [slice(start, min(start + rows, count)) for start in range(0, count, rows)]


class Blocks(xgboost.DataIter):
    """Rows as XGBoost reads them, several times: as floats, a block at a time."""

    def __init__(self, rows: Rows) -> None:
        super().__init__()
        self.rows = rows
        self.reset()

    def reset(self) -> None:
        self.left = iter(blocks(*self.rows.codes.shape))

    def next(self, input_data: Callable[..., None]) -> int:
        part = next(self.left, None)
        if part is None:
            return 0
        input_data(data=to_floats(self.rows.codes[part]), label=self.rows.target[part])
        return 1


def to_matrix(rows: Rows, reference: Any, starts: Any) -> Any:
    """A QuantileDMatrix; afterwards the rows hold no codes any more."""
    matrix = xgboost.QuantileDMatrix(Blocks(rows), ref=reference, max_bin=MAX_BINS)
    rows.codes = rows.codes[:0].copy()
    # Afterwards: cut points that weights have a say in could leave out light codes.
    if rows.weights is not None:
        matrix.set_weight(rows.weights)
    if starts is not None:
        matrix.set_base_margin(np.tile(starts, (rows.count, 1)))
    return matrix


def write_file(folder: str, name: str, data: bytes) -> Json:
    path = os.path.join(folder, name)
    with open(path + ".part", "wb") as file:
        file.write(data)
    os.replace(path + ".part", path)
    return {"path": path, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def need(condition: bool, what: str) -> None:
    if not condition:
        raise Failure("START_INVALID", f"The order is invalid: {what}.")


def read_start() -> Json:
    try:
        start: Json = json.loads(sys.stdin.buffer.readline())
        need(start["protocol"] == PROTOCOL, f"this is protocol {PROTOCOL}")
        need(start["role"] in ("rank", "tracker"), "there is no such role")
        if start["role"] == "rank":
            check_order(start)
        return start
    except (KeyError, TypeError, ValueError) as error:
        raise Failure("START_INVALID", f"The order is invalid: {error!r}.") from None


def check_order(start: Json) -> None:
    rank, world, validation = start["rank"], start["world"], start["validation"]
    need(0 <= rank < world, f"rank {rank} of {world}")
    need((start["tracker"] is None) == (world == 1), "a tracker is for more than one rank")
    need(re.fullmatch("[0-9a-f]{16,128}", start["secret"]) is not None, "the secret is no hexadecimal number")
    need(start["rounds"] >= 1 and start["features"] >= 1 and len(start["shards"]) >= 1, "there is nothing to train")
    need(all(shard["rows"] >= 1 for shard in start["shards"] + validation), "a shard has no rows")
    need(start["earlyStoppingRounds"] is None or len(validation) > 0, "early stopping needs validation rows")
    need(start["resume"] is None or start["resume"]["round"] < start["rounds"], "no round is left to resume")


def is_new_collective() -> bool:
    """Since 2.1 the tracker is XGBoost's own, and names are in lower case."""
    return tuple(int(part) for part in xgboost.__version__.split(".")[:2]) >= (2, 1)


def join(start: Json) -> Any:
    arguments = {
        "dmlc_tracker_uri": start["tracker"]["host"],
        "dmlc_tracker_port": start["tracker"]["port"],
        # The tracker numbers ranks in the order of their task ids.
        "dmlc_task_id": f"{start['rank']:05d}-{start['secret']}",
    }
    if not is_new_collective():
        arguments = {name.upper(): value for name, value in arguments.items()}
    context = collective.CommunicatorContext(**arguments)
    try:
        context.__enter__()
    except Exception as error:
        raise Failure("RANKS_LOST", f"The ranks could not come together: {error}") from None
    if (collective.get_rank(), collective.get_world_size()) != (start["rank"], start["world"]):
        raise Failure("RANKS_LOST", "The tracker has brought other ranks together than it should.")
    return context


def of_all(start: Json, value: int) -> int:
    """The largest value of all ranks."""
    if start["world"] == 1:
        return value
    return int(collective.allreduce(np.array([value], np.int32), collective.Op.MAX)[0])


def of_each(start: Json, values: list[float]) -> list[float]:
    """The sums over all ranks."""
    if start["world"] == 1:
        return values
    return [float(value) for value in collective.allreduce(np.array(values), collective.Op.SUM)]


def loss_constant(start: Json, rows: Rows) -> float:
    """What XGBoost's metric has more than the loss of a row of all ranks, on average."""
    if start["parameters"]["eval_metric"] != "poisson-nloglik":
        return 0.0
    total, weight = of_each(start, list(surplus_of_counts(rows.target, rows.weights)))
    return total / weight


class Training:
    """The rounds of a training, the same on all ranks."""

    def __init__(self, start: Json, model: bytes | None, train: Rows, validation: Rows) -> None:
        self.start = start
        has_validation = validation.count > 0
        if of_all(start, int(has_validation)) != int(has_validation):
            raise Failure("START_INVALID", "Other ranks have validation rows, and this one has none.")
        self.metric: str = start["parameters"]["eval_metric"]
        self.constants = [loss_constant(start, rows) for rows in ([train, validation] if has_validation else [train])]
        starts = start["startMargins"]
        self.starts: Any = None if starts is None else np.array(starts, np.float32)
        matrix = to_matrix(train, None, self.starts)
        self.watched = [(matrix, "train")]
        if has_validation:
            self.watched.append((to_matrix(validation, matrix, self.starts), "validation"))
        self.booster = xgboost.Booster({"nthread": start["threads"]}, [each for each, _ in self.watched])
        if model is not None:
            self.booster.load_model(bytearray(model))
        parameters = {**start["parameters"], "max_bin": MAX_BINS, "nthread": start["threads"]}
        self.booster.set_param(parameters)
        resume = start["resume"] or {"round": 0, "best": None}
        self.round, self.best = resume["round"], resume["best"]
        if self.booster.num_boosted_rounds() != self.round:
            raise Failure("START_INVALID", f"The model to resume has not {self.round} rounds.")
        self.checkpoints: list[str] = []

    def run(self) -> str:
        """Trains to the end, and returns why it is the end."""
        first = last_checkpoint = time.monotonic()
        wait = self.start["earlyStoppingRounds"]
        while True:
            self.booster.update(self.watched[0][0], self.round)
            scores = self.booster.eval_set(self.watched, self.round).split("\t")[1:]
            values = [float(score.rpartition(":")[2]) for score in scores]
            found = [to_loss(self.metric, value, constant) for value, constant in zip(values, self.constants)]
            losses: list[float | None] = [*found, None]
            self.round += 1
            now = time.monotonic()
            loss = losses[1]
            if not all(math.isfinite(each) for each in losses if each is not None):
                raise Failure("TRAINING_FAILED", f"The loss of round {self.round} is no finite number.")
            emit("round", round=self.round, trainLoss=losses[0], validationLoss=loss, seconds=now - first)
            if loss is not None and (self.best is None or loss < self.best["loss"]):
                self.best = {"round": self.round, "loss": loss}
            if of_all(self.start, int(_stop.is_set())):
                return "STOPPED"
            if wait is not None and self.best is not None and self.round - self.best["round"] >= wait:
                return "EARLY_STOPPING"
            if self.round >= self.start["rounds"]:
                return "COMPLETED"
            if self.start["rank"] == 0 and now - last_checkpoint >= self.start["checkpointSeconds"]:
                last_checkpoint = now
                self.checkpoint()

    def margins(self, booster: Any, floats: Any) -> Any:
        starts = None if self.starts is None else np.tile(self.starts, (len(floats), 1))
        return booster.inplace_predict(floats, predict_type="margin", base_margin=starts)

    def checkpoint(self) -> None:
        raw = bytes(self.booster.save_raw(raw_format="ubj"))
        file = write_file(self.start["folder"], f"checkpoint-{self.round}.ubj", raw)
        emit("checkpoint", round=self.round, best=self.best, model=file)
        # The one before may be being read.
        self.checkpoints.append(file["path"])
        if len(self.checkpoints) > 2:
            os.unlink(self.checkpoints.pop(0))

    def finish(self, reason: str, check: Any) -> None:
        """After the ranks have parted: rank 0 writes the model, and its margins of the rows to check."""
        kept = self.round if self.best is None else self.best["round"]
        model = margins = None
        if self.start["rank"] == 0:
            booster = self.booster if kept == self.round else self.booster[:kept]
            model = write_file(self.start["folder"], "model.ubj", bytes(booster.save_raw(raw_format="ubj")))
            if check is not None:
                parts = [self.margins(booster, to_floats(check[part])) for part in blocks(*check.shape)]
                content = io.BytesIO()
                np.save(content, np.concatenate(parts).reshape(len(check), -1).astype(np.float32))
                margins = write_file(self.start["folder"], "margins.npy", content.getvalue())
        files = {"model": model, "margins": margins}
        emit("done", reason=reason, rounds=self.round, bestRound=kept, memoryBytes=memory_bytes(), **files)


def run_rank(start: Json) -> None:
    began = time.monotonic()
    train = Rows(start["shards"], start["features"], "shard")
    validation = Rows(start["validation"], start["features"], "validation shard")
    model, check, order = None, None, start["check"]
    if start["resume"] is not None:
        file = start["resume"]["model"]
        model = fetch(file, "The model to resume", lambda stream: stream.read(file["bytes"]))
    if order is not None and start["rank"] == 0:
        check = np.empty((order["rows"], start["features"]), np.uint8)
        load_array(order["codes"], "The file of the rows to check", check, "|u1")
    size = train.codes.nbytes + validation.codes.nbytes
    seconds = time.monotonic() - began
    emit("loaded", rows=train.count, validationRows=validation.count, bytes=size, seconds=seconds)
    context = None if start["tracker"] is None else join(start)
    training = Training(start, model, train, validation)
    emit("ready", seconds=time.monotonic() - began)
    reason = training.run()
    if context is not None:
        context.__exit__(None, None, None)
    training.finish(reason, check)


def run_tracker(start: Json) -> None:
    from xgboost.tracker import RabitTracker

    threading.excepthook = lambda failure: fail("RANKS_LOST", f"The tracker has failed: {failure.exc_value!r}")
    world = start["world"]
    tracker: Any = RabitTracker(host_ip=start["host"], n_workers=world, port=start["port"], sortby="task")
    if is_new_collective():
        tracker.start()
        port = int(tracker.worker_args()["dmlc_tracker_port"])
    else:
        tracker.start(world)
        port = tracker.port
    emit("listening", host=start["host"], port=port)
    if is_new_collective():
        tracker.wait_for()
    else:
        tracker.join()


def main() -> None:
    try:
        start = read_start()
        threading.Thread(target=watch, args=(sys.stdin.buffer,), daemon=True).start()
        python = ".".join(str(part) for part in sys.version_info[:3])
        emit("started", python=python, xgboost=xgboost.__version__, pid=os.getpid())
        if start["role"] == "tracker":
            run_tracker(start)
        else:
            threading.Thread(target=beat, args=(start["heartbeatSeconds"],), daemon=True).start()
            run_rank(start)
    except Failure as failure:
        fail(failure.code, failure)
    except MemoryError:
        fail("OUT_OF_MEMORY", "There is not enough memory for the shards of this rank.")
    except Exception as error:  # XGBoost has one kind, of which only the words say what it is about.
        words = str(error) or repr(error)
        fail("RANKS_LOST" if LOST.search(words) else "TRAINING_FAILED", words.split("\nStack trace")[0])
    # Not by the interpreter's own end, which would wait for threads and for ranks that are gone.
    os._exit(0)


if __name__ == "__main__":
    main()
