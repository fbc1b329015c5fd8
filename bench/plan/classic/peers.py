#!/usr/bin/env python3
"""SAGA's schedulers on the classic problems that `classic.ts --export FILE` has written.

    python3 peers.py FILE [SCHEDULER ...] > peers.csv

Prints instance,tasks,nodes,scheduler,seconds,makespan. `seconds` is CPU time. A schedule from which tasks are missing
has no makespan: some schedulers lose tasks. Needs the package anrg-saga.
"""
import csv
import json
import sys
import time

import saga.schedulers
from saga import Network, TaskGraph


def networks(problem):
    nodes = problem["nodes"]
    links = [
        (a["name"], b["name"], min(a["bytesPerSecond"], b["bytesPerSecond"]))
        for i, a in enumerate(nodes)
        for b in nodes[i + 1 :]
    ]
    network = Network.create([(n["name"], n["speed"]) for n in nodes], links)
    tasks = problem["tasks"]
    edges = [(e["from"], t["name"], float(e["bytes"])) for t in tasks for e in t["inputs"]]
    return network, TaskGraph.create([(t["name"], t["seconds"]) for t in tasks], edges)


def main():
    sys.setrecursionlimit(100_000)
    with open(sys.argv[1]) as file:
        problems = json.load(file)
    names = sys.argv[2:] or ["Heft", "Cpop", "MinMin", "MaxMin", "Hbmct"]
    out = csv.writer(sys.stdout)
    out.writerow(["instance", "tasks", "nodes", "scheduler", "seconds", "makespan"])
    for problem in problems:
        network, graph = networks(problem)
        wanted = {t["name"] for t in problem["tasks"]}
        for name in names:
            began = time.process_time()
            schedule = getattr(saga.schedulers, name + "Scheduler")().schedule(network, graph)
            seconds = time.process_time() - began
            planned = {run.name for runs in schedule.mapping.values() for run in runs}
            makespan = schedule.makespan if wanted <= planned else ""
            out.writerow([problem["instance"], len(wanted), len(problem["nodes"]), name, round(seconds, 3), makespan])
            sys.stdout.flush()


if __name__ == "__main__":
    main()
