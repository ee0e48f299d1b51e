"""A corpus written by the processes of a cluster: the same as any, even if one is killed."""

import os
import signal
from pathlib import Path

import joblib
from distributed import Client, LocalCluster, get_task_stream

from deepsign_helpers import runtime
from deepsign_helpers.synthesis import write_corpus


def write(folder, backend):
    with joblib.parallel_config(backend=backend):
        write_corpus(folder, writers=8, genuine=3, forged=5, size=(64, 128))
    return Path(folder, "manifest.csv").read_bytes()


def test_a_cluster_writes_the_corpus_that_one_process_writes_even_if_a_worker_is_killed(
    tmp_path, monkeypatch
):
    def kill_after_the_first(rows, *_, **__):
        yield next(rows)
        os.kill(min(workers.values()), signal.SIGKILL)
        yield from rows

    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        # The workers run elsewhere, and must find a relative folder all the same.
        monkeypatch.chdir(tmp_path)
        workers = client.run(os.getpid)
        alone = write("alone", "sequential")
        with get_task_stream(client) as stream:
            assert write("together", "dask") == alone
        assert {task["worker"] for task in stream.data} == set(workers)
        monkeypatch.setattr(runtime, "progress", kill_after_the_first)
        assert write("killed", "dask") == alone
