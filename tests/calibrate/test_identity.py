"""What runs is what the plan says: every claim changed once, and refused before any load."""

import asyncio
import json
from contextlib import asynccontextmanager

import pytest

from calibrate.errors import ServerError
from calibrate.load.slots import slots_seen
from calibrate.plan.server_spec import ServerSpec
from calibrate.propose.propose import Wanted, propose
from calibrate.run.identity import require_accelerators, require_same_server, require_server
from calibrate.server.device import DeviceReading
from calibrate.server.endpoint import Endpoint, Served
from calibrate.server.http import Address
from calibrate.server.settings import (
    ServerSettings,
    model_folder,
    settings_of_info,
    settings_of_log,
    settings_of_model,
)
from calibrate.server.start import attach, is_on_this_machine
from hardware_profiles import Library
from tests.calibrate.fake_server import Fake

H100 = {"name": "NVIDIA H100 80GB HBM3", "memory.total": "81559"}


@pytest.fixture(scope="module")
def library():
    return Library.load()


@pytest.fixture(scope="module")
def plan(library):
    return propose(
        library,
        Wanted(
            model="Llama 3.1 8B",
            accelerator="H100 SXM",
            precision="bf16",
            gpus=1,
            own=(1500, 300),
        ),
    )


def reading(*gpus):
    return DeviceReading(gpus=gpus)


@pytest.mark.parametrize(
    ("accelerator", "name", "memory"),
    [
        ("H100 SXM", "NVIDIA H100 80GB HBM3", "81559"),
        ("H100 PCIe", "NVIDIA H100 PCIe", "81559"),
        ("H200 SXM", "NVIDIA H200", "143771"),
        ("A100 80GB", "NVIDIA A100-SXM4-80GB", "81920"),
        ("A100 40GB", "NVIDIA A100-SXM4-40GB", "40960"),
        ("A100 80GB PCIe", "NVIDIA A100 80GB PCIe", "81920"),
        ("A10G", "NVIDIA A10G", "23028"),
        ("L4", "NVIDIA L4", "23034"),
        ("L40S", "NVIDIA L40S", "46068"),
        (
            "RTX PRO 6000 Blackwell Server",
            "NVIDIA RTX PRO 6000 Blackwell Server Edition",
            "97887",
        ),
    ],
)
def test_a_driver_s_name_is_that_of_the_library(library, plan, accelerator, name, memory):
    named = plan.model_copy(update={"accelerator": accelerator})
    require_accelerators(named, reading({"name": name, "memory.total": memory}), library)


@pytest.mark.parametrize(
    ("gpus", "field"),
    [
        ([{"name": "NVIDIA A10G", "memory.total": "23028"}], "accelerator"),
        ([{"name": "NVIDIA H100 PCIe", "memory.total": "81559"}], "accelerator"),
        ([{"name": "NVIDIA H100 NVL", "memory.total": "95830"}], "memory.total"),
        ([], "accelerators"),
    ],
)
def test_other_accelerators_are_refused(library, plan, gpus, field):
    with pytest.raises(ServerError) as refusal:
        require_accelerators(plan, reading(*gpus), library)
    assert field in [problem.field for problem in refusal.value.problems]


def served(root="meta-llama/Llama-3.1-8B-Instruct", slots=None, **settings):
    return Served(
        name="m",
        model=root,
        version="0.32.0",
        max_model_len=16_384,
        settings=ServerSettings(**settings),
        slots_seen=slots,
    )


def test_the_server_that_was_meant_is_taken(library, plan):
    require_server(plan, served(), library, attached=True)
    require_server(plan, served(root="/models/Llama-3.1-8B-Instruct"), library, attached=True)
    require_server(plan, served(root="ours"), library, attached=True, confirmed="ours")
    require_server(
        plan,
        served(
            max_num_seqs=1024,
            max_num_batched_tokens=8192,
            quantization="none",
            layers=32,
            kv_heads=8,
            hidden=4096,
            head_dim=128,
            experts=0,
        ),
        library,
        attached=True,
    )


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"root": "/models/small"}, "model"),
        ({"layers": 8}, "model layers"),
        ({"hidden": 512}, "model hidden"),
        ({"kv_heads": 4}, "model kv_heads"),
        ({"experts": 4}, "model experts"),
        ({"quantization": "fp8"}, "weights"),
        ({"max_num_seqs": 4}, "max_num_seqs"),
        ({"slots": 4}, "max_num_seqs"),
        ({"max_num_batched_tokens": 2048}, "max_num_batched_tokens"),
        ({"tensor_parallel_size": 2}, "tensor_parallel_size"),
        ({"prefix_caching": False}, "prefix_caching"),
    ],
)
def test_every_claim_that_does_not_hold_is_refused_by_name(library, plan, change, field):
    with pytest.raises(ServerError) as refusal:
        require_server(plan, served(**change), library, attached=True)
    assert [problem.field for problem in refusal.value.problems] == [field]


def test_two_servers_are_not_mixed_in_one_run():
    def entry(version):
        found = served().model_copy(update={"version": version})
        return {"kind": "server", "served": found.model_dump(mode="json")}

    require_same_server([entry("0.32.0"), {"kind": "point"}, entry("0.32.0")])
    require_same_server([entry("0.32.0"), entry("0.33.0")])  # nothing was measured yet
    with pytest.raises(ServerError, match="must not be mixed"):
        require_same_server([entry("0.32.0"), {"kind": "point"}, entry("0.33.0")])


def test_settings_are_read_where_the_engine_says_them(tmp_path):
    log = (
        "[scheduler.py:307] Chunked prefill is enabled with max_num_batched_tokens=1024.\n"
        "Initializing a V1 LLM engine (v0.32.0) with config: model='/m', dtype=torch.float32, "
        "max_seq_len=2048, tensor_parallel_size=2, quantization=None, kv_cache_dtype=auto\n"
    )
    found = settings_of_log(log)
    assert (found.engine_version, found.tensor_parallel_size) == ("0.32.0", 2)
    assert (found.max_num_batched_tokens, found.quantization) == (1024, "none")
    info = settings_of_info(INFO)
    assert (info.max_num_seqs, info.prefix_caching, info.weights_dtype) == (4, True, "float32")
    assert settings_of_info({}) == ServerSettings()
    (tmp_path / "config.json").write_text(
        json.dumps(
            {
                "hidden_size": 512,
                "num_attention_heads": 8,
                "num_key_value_heads": 4,
                "num_hidden_layers": 8,
                "torch_dtype": "bfloat16",
            }
        )
    )
    model = settings_of_model(tmp_path)
    assert (model.layers, model.hidden, model.kv_heads, model.head_dim) == (8, 512, 4, 64)
    assert settings_of_model(tmp_path / "none") == ServerSettings()
    both = info.filled_by(found)
    assert (both.tensor_parallel_size, both.read_from) == (1, ("server_info", "log"))


INFO = {
    "vllm_config": {
        "model_config": {"model": "/m", "dtype": "torch.float32", "quantization": None},
        "scheduler_config": {"max_num_seqs": 4, "max_num_batched_tokens": 1024},
        "parallel_config": {"tensor_parallel_size": 1},
        "cache_config": {"block_size": 32, "enable_prefix_caching": True},
    }
}
"""Part of what vLLM 0.32 answers."""


def test_a_model_of_the_hub_is_looked_up_in_the_cache(tmp_path):
    kept = tmp_path / "models--owner--name" / "snapshots" / "abc"
    kept.mkdir(parents=True)
    spec = ServerSpec(model="owner/name", max_model_len=64)
    assert model_folder(spec, {"HF_HUB_CACHE": str(tmp_path)}) == kept
    assert model_folder(spec, {"HOME": str(tmp_path)}) is None


def test_only_addresses_of_this_machine_are_local():
    assert is_on_this_machine("127.0.0.1")
    assert is_on_this_machine("localhost")
    assert not is_on_this_machine("192.0.2.1")
    assert not is_on_this_machine("no-such-host.invalid")


@asynccontextmanager
async def fake(**behaviour):
    """A server that runs already, on a free port."""
    flags = {
        "model": "/models/small",
        "served-model-name": "theirs",
        "max-num-seqs": behaviour.get("slots", 64),
        "max-num-batched-tokens": 512,
        "max-model-len": 4096,
    }
    server = Fake(flags, {"stats": "/dev/null", **behaviour})
    listening = await asyncio.start_server(server.answer, "127.0.0.1", 0, limit=1 << 24)
    working = asyncio.create_task(server.work())
    port = listening.sockets[0].getsockname()[1]
    try:
        async with listening:
            yield f"http://127.0.0.1:{port}"
    finally:
        working.cancel()


@pytest.mark.parametrize("tail", ["", "/", "/v1", "/v1/"])
@pytest.mark.parametrize("behaviour", [{}, {"key": "secret"}, {"prefix": "/team/llm"}])
def test_a_running_server_is_reached_with_a_key_behind_a_path_and_by_its_v1(behaviour, tail):
    async def reach():
        async with fake(**behaviour) as url:
            address = f"{url}{behaviour.get('prefix', '')}{tail}"
            return await attach(address, None, behaviour.get("key", ""))

    found = asyncio.run(reach())
    assert (found.served.name, found.served.model) == ("theirs", "/models/small")
    assert found.served.kv_tokens == 200_000


@pytest.mark.parametrize(
    ("behaviour", "key", "said"),
    [
        ({"key": "secret"}, "", "wants a key, and no key was sent"),
        ({"key": "secret"}, "other", "wants a key, and the key in OPENAI_API_KEY was sent"),
        ({"no_metrics": True}, "", "no /metrics"),
    ],
)
def test_a_server_that_cannot_be_used_is_refused_in_one_line(behaviour, key, said):
    async def reach():
        async with fake(**behaviour) as url:
            await attach(url, None, key)

    with pytest.raises(ServerError, match=said) as refusal:
        asyncio.run(reach())
    assert len(refusal.value.problems) == 1


@pytest.mark.parametrize(("slots", "seen"), [(4, 4), (64, 12)])
def test_slots_are_tried_where_the_server_does_not_say(slots, seen):
    async def look():
        async with fake(slots=slots) as url:
            return await slots_seen(Endpoint(Address.of(url), "theirs"), 12, 200_000, seed=1)

    assert asyncio.run(look()) == seen


def test_slots_are_not_guessed_where_memory_is_small():
    endpoint = Endpoint(Address("127.0.0.1", 9), "theirs")
    assert asyncio.run(slots_seen(endpoint, 64, 1_000, seed=1)) is None
