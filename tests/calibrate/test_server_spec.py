"""What a plan can make a server do: typed settings, and nothing else."""

import os

import pytest
from pydantic import ValidationError

from calibrate.plan.plan import parse_plan
from calibrate.plan.server_spec import ServerSpec, serve_arguments, server_environment
from pricing.errors import InputError
from tests.calibrate.plans import plan_of

ALLOWED = {
    "served-model-name", "host", "port", "revision", "load-format", "dtype", "quantization",
    "kv-cache-dtype", "tensor-parallel-size", "max-model-len", "max-num-seqs",
    "max-num-batched-tokens", "gpu-memory-utilization", "kv-cache-memory-bytes", "block-size",
    "distributed-executor-backend", "seed", "enable-prefix-caching", "no-enable-prefix-caching",
    "enforce-eager",
}  # fmt: skip
EVERYTHING = {
    "model": "meta-llama/Llama-3.1-8B-Instruct",
    "revision": "0e9e39f249a16976918f6564b8830bc894c89659",
    "quantization": "fp8",
    "kv_cache_dtype": "fp8",
    "tensor_parallel_size": 2,
    "max_model_len": 8192,
    "gpu_memory_utilization": 0.9,
    "kv_cache_memory_mib": 256,
    "block_size": 16,
    "enforce_eager": True,
    "enable_prefix_caching": False,
    "executor": "mp",
}


def test_every_argument_is_one_of_those_allowed_and_comes_once():
    spec = ServerSpec(**EVERYTHING)
    argv = serve_arguments(spec, served_name="tco-1", port=8000)
    assert argv[:2] == ["serve", "meta-llama/Llama-3.1-8B-Instruct"]
    names = [argument[2:].partition("=")[0] for argument in argv[2:]]
    assert all(argument.startswith("--") for argument in argv[2:])
    assert set(names) == ALLOWED - {"enable-prefix-caching"}
    assert len(names) == len(set(names))
    assert "--kv-cache-memory-bytes=268435456" in argv
    assert "--host=127.0.0.1" in argv


def test_what_is_not_set_is_not_passed():
    argv = serve_arguments(ServerSpec(model="a/b", max_model_len=10), served_name="x", port=1)
    assert not any("None" in argument for argument in argv)
    assert not any(argument.startswith("--revision") for argument in argv)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("trust_remote_code", True),
        ("middleware", "os.system"),
        ("config", "/tmp/more.yaml"),
        ("model", "--trust-remote-code"),
        ("model", "a/b --trust-remote-code"),
        ("model", "a/b; rm -rf x"),
        ("model", "../a/b"),
        ("model", "/models/../etc"),
        ("model", "a"),
        ("model", "a/b/c"),
        ("model", "/models/x\n--port=1"),
        ("revision", "--trust-remote-code"),
        ("revision", "main --port 1"),
        ("revision", "$(id)"),
        ("max_model_len", "128k"),
        ("max_model_len", 0),
        ("max_model_len", 128.5),
        ("tensor_parallel_size", True),
        ("quantization", "../evil"),
        ("load_format", "runai_streamer"),
        ("executor", "ray"),
        ("gpu_memory_utilization", 1.5),
    ],
)
def test_anything_else_is_refused(field, value):
    with pytest.raises(ValidationError) as caught:
        ServerSpec(**{"model": "a/b", "max_model_len": 4096} | {field: value})
    assert {error["loc"][0] for error in caught.value.errors()} == {field}


def test_the_environment_holds_what_a_server_needs_and_no_credentials_of_a_cloud():
    mine = {
        "PATH": "/usr/bin",
        "CUDA_VISIBLE_DEVICES": "0",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "GOOGLE_APPLICATION_CREDENTIALS": "/key",
        "OPENAI_API_KEY": "secret",
        "PYTHONPATH": "/evil",
        "VLLM_PLUGINS": "evil",
        "LD_AUDIT": "evil",
        "LD_PRELOAD": "evil.so",
        "LD_LIBRARY_PATH": "/evil",
        "HF_TOKEN": "secret",
        "HF_TOKEN_PATH": "/secret",
    }
    given = server_environment(mine=mine)
    assert given["PATH"] == "/usr/bin"
    assert given["CUDA_VISIBLE_DEVICES"] == "0"
    assert given["VLLM_NO_USAGE_STATS"] == "1"
    assert not set(given) & {name for name in mine if name not in {"PATH", "CUDA_VISIBLE_DEVICES"}}
    assert set(server_environment()) - {*os.environ} <= {
        "VLLM_HOST_IP", "VLLM_NO_USAGE_STATS", "DO_NOT_TRACK", "PYTHONUNBUFFERED",
    }  # fmt: skip


def test_what_loads_code_or_is_a_secret_is_passed_on_where_the_plan_names_it_and_nothing_else():
    mine = {"LD_PRELOAD": "tcmalloc.so", "HF_TOKEN": "secret", "AWS_SECRET_ACCESS_KEY": "secret"}
    assert server_environment(["LD_PRELOAD"], mine)["LD_PRELOAD"] == "tcmalloc.so"
    assert "HF_TOKEN" not in server_environment(["LD_PRELOAD"], mine)
    with pytest.raises(ValidationError):
        ServerSpec(model="a/b", max_model_len=4096, environment=("AWS_SECRET_ACCESS_KEY",))


def test_a_plan_says_everything_that_is_wrong_at_once():
    text = plan_of().model_dump_json()
    bad = text.replace('"max_model_len":4096', '"max_model_len":"x","shell":"rm"')
    with pytest.raises(InputError) as caught:
        parse_plan(bad.encode(), "plan.json")
    fields = {problem.field for problem in caught.value.problems}
    assert fields == {"plan.json: server.max_model_len", "plan.json: server.shell"}


def test_the_id_of_a_plan_is_of_everything_in_it():
    plan = plan_of()
    assert plan.id == plan_of().id
    for change in (
        {"model": "other"},
        {"rules": plan.rules.model_copy(update={"little": 0.04})},
        {"points": plan.points[:1]},
    ):
        assert plan.model_copy(update=change).id != plan.id
    said = plan.model_copy(update={"expected_capacity_error": 0.03})
    assert said.id == plan.id  # it follows from the rest


def test_points_are_consistent_with_each_other_and_the_server():
    with pytest.raises(ValidationError, match="come twice"):
        plan_of(*(2 * [plan_of().points[0].model_dump()]))
    with pytest.raises(ValidationError, match="max_model_len"):
        plan_of(server={"max_model_len": 16})
    point = plan_of().points[0].model_dump()
    for way in ({"concurrency": None}, {"requests_per_second": 1.0}):
        with pytest.raises(ValidationError, match="either concurrency or"):
            plan_of(point | way)
