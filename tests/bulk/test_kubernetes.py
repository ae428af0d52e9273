"""The job of docs/bulk.md for Kubernetes."""

import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from keras_dgggan.cli.bulk import command

FILE = Path(__file__).resolve().parents[2] / "docs" / "kubernetes" / "bulk-rayjob.yaml"

# Fields of KubeRay's API v1 that the job uses: RayJobSpec, RayClusterSpec, and its groups.
JOB = {
    "entrypoint": str,
    "backoffLimit": int,
    "shutdownAfterJobFinishes": bool,
    "ttlSecondsAfterFinished": int,
    "rayClusterSpec": dict,
}
CLUSTER = {
    "rayVersion": str,
    "authOptions": dict,
    "enableInTreeAutoscaling": bool,
    "headGroupSpec": dict,
    "workerGroupSpecs": list,
}
HEAD = {"rayStartParams": dict, "template": dict}
GROUP = {**HEAD, "groupName": str, "replicas": int, "minReplicas": int, "maxReplicas": int}


@pytest.fixture(scope="module")
def job() -> dict[str, Any]:
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))


def check(found: dict[str, Any], fields: dict[str, type]) -> None:
    assert {name: type(value) for name, value in found.items()} == fields


def test_its_fields_are_those_of_kuberays_api(job: dict[str, Any]) -> None:
    assert (job["apiVersion"], job["kind"]) == ("ray.io/v1", "RayJob")
    check(job["spec"], JOB)
    cluster = job["spec"]["rayClusterSpec"]
    check(cluster, CLUSTER)
    check(cluster["headGroupSpec"], HEAD)
    for group in cluster["workerGroupSpecs"]:
        check(group, GROUP)
        assert group["minReplicas"] <= group["replicas"] <= group["maxReplicas"]
    # Ray's start options are texts, numbers among them.
    assert all(
        isinstance(value, str) for value in cluster["headGroupSpec"]["rayStartParams"].values()
    )


def test_its_cluster_asks_for_a_token(job: dict[str, Any]) -> None:
    assert job["spec"]["rayClusterSpec"]["authOptions"] == {"mode": "token"}


def test_its_command_is_one_and_its_workers_have_the_cores_that_it_asks_for(
    job: dict[str, Any],
) -> None:
    program, name, *arguments = shlex.split(job["spec"]["entrypoint"])
    assert (program, name) == ("keras-dgggan", "bulk")
    options = command.make_context("bulk", arguments).params
    (container,) = job["spec"]["rayClusterSpec"]["workerGroupSpecs"][0]["template"]["spec"][
        "containers"
    ]
    assert int(container["resources"]["limits"]["cpu"]) >= options["cpus"]
