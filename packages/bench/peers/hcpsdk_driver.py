"""Drives the Python hcpsdk: one connection a thread, kept between the slices.

Arguments: the folder of the package, the port on 127.0.0.1. Says "ready"; then answers each line "<threads> <milliseconds>" of standard input
with a line of JSON about the GETs done in that time.
"""
import inspect
import json
import sys
import threading
import time
import types

sys.path.insert(0, sys.argv[1])
import hcpsdk  # noqa: E402

node = "127.0.0.1"


def resolved(fqdn, cache=False):
    return types.SimpleNamespace(fqdn=fqdn, cache=cache, ips=[node], raised="")


given = {}
if "address" in inspect.signature(hcpsdk.Target).parameters:
    given["address"] = node
else:
    # Releases before that have to resolve the name, which no server knows.
    hcpsdk.ips.query = resolved
target = hcpsdk.Target(
    "n1.t1.hcp1.example.com",
    hcpsdk.NativeAuthorization("n", "n01"),
    port=int(sys.argv[2]),
    **given,
)
connections = []


def worker(connection, until, took):
    at = time.perf_counter()
    while at < until:
        connection.GET("/rest/bench/object")
        body = connection.read()
        if connection.response_status != 200 or len(body) != 1024:
            raise RuntimeError("answered with %s" % connection.response_status)
        now = time.perf_counter()
        took.append(now - at)
        at = now


def slice_of(threads, seconds):
    while len(connections) < threads:
        connections.append(hcpsdk.Connection(target))
    took = [[] for _ in range(threads)]
    cpu = time.process_time()
    begun = time.perf_counter()
    running = [
        threading.Thread(target=worker, args=(connections[i], begun + seconds, took[i])) for i in range(threads)
    ]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    elapsed = time.perf_counter() - begun
    used = time.process_time() - cpu
    every = sorted(one for part in took for one in part)
    count = len(every)
    return {
        "opsPerSecond": count / elapsed,
        "cpuMicrosPerOp": used / count * 1e6,
        "p50": every[int(count * 0.5)] * 1e3,
        "p99": every[min(count - 1, int(count * 0.99))] * 1e3,
    }


print("ready", flush=True)
for line in sys.stdin:
    threads, millis = line.split()
    print(json.dumps(slice_of(int(threads), int(millis) / 1000)), flush=True)
for connection in connections:
    connection.close()
