"""Drive vLLM's own scheduler through random cases and write down what each request saw.

Run with the Python of an environment that holds vLLM (`make test-vllm` makes one on CPU)::

    .venv-vllm/bin/python tests/tco/kernel/simulate_vllm_cases.py SEED CASES FILE

No model runs: every step is given one made-up token per request that is due one. Time is counted in
steps, memory in blocks of one token, and nothing is shared by prefix.
"""

import json
import os
import random
import sys
import tempfile
from pathlib import Path

os.environ["VLLM_LOGGING_LEVEL"] = "ERROR"

MODEL = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_attention_heads": 4,
    "num_key_value_heads": 4,
    "num_hidden_layers": 2,
    "vocab_size": 1000,
    "max_position_embeddings": 65536,
}
LONGEST = 60_000


def cases(seed, count):
    """Random loads, most of them short of memory, slots or tokens per step."""
    rng = random.Random(seed)
    for _ in range(count):
        budget = rng.choice([8, 16, 32, 64])
        longest, wordiest, latest = rng.choice([10, 30, 60]), rng.choice([3, 12, 40]), [0, 10, 60]
        requests = sorted(
            [rng.randint(0, rng.choice(latest)), rng.randint(1, longest), rng.randint(1, wordiest)]
            for _ in range(rng.randint(2, 14))
        )
        needed = max(prompt + answer - 1 for _, prompt, answer in requests)
        yield {
            "max_num_batched_tokens": budget,
            "max_num_seqs": rng.randint(1, 8),
            "kv_tokens": needed + rng.choice([0, 1, 5, 30, 200]),
            "requests": requests,
        }


def scheduler(case, model):
    import torch
    from vllm.config import CacheConfig, ModelConfig, SchedulerConfig, VllmConfig
    from vllm.v1.core.sched.scheduler import Scheduler
    from vllm.v1.kv_cache_interface import FullAttentionSpec, KVCacheConfig, KVCacheGroupSpec
    from vllm.v1.structured_output import StructuredOutputManager

    cache = CacheConfig(block_size=1, gpu_memory_utilization=0.9, enable_prefix_caching=False)
    config = VllmConfig(
        model_config=ModelConfig(
            model=model, skip_tokenizer_init=True, dtype="float32", max_model_len=LONGEST
        ),
        scheduler_config=SchedulerConfig(
            max_num_seqs=case["max_num_seqs"],
            max_num_batched_tokens=case["max_num_batched_tokens"],
            max_model_len=LONGEST,
            enable_chunked_prefill=True,
            is_encoder_decoder=False,
            async_scheduling=False,
        ),
        cache_config=cache,
    )
    cache.num_gpu_blocks = case["kv_tokens"] + 1  # one block is never handed out
    spec = FullAttentionSpec(block_size=1, num_kv_heads=1, head_size=1, dtype=torch.float32)
    return Scheduler(
        vllm_config=config,
        kv_cache_config=KVCacheConfig(
            num_blocks=cache.num_gpu_blocks,
            kv_cache_tensors=[],
            kv_cache_groups=[KVCacheGroupSpec(["layer"], spec)],
        ),
        structured_output_manager=StructuredOutputManager(config),
        block_size=1,
    )


def request_of(number, step, prompt, answer):
    from vllm.sampling_params import SamplingParams
    from vllm.v1.request import Request

    return Request(
        request_id=str(number),
        prompt_token_ids=[5] * prompt,
        sampling_params=SamplingParams(max_tokens=answer, ignore_eos=True),
        pooling_params=None,
        arrival_time=step,
    )


def played(case, model):
    """The case with, per request, the step of its first and last token and its preemptions."""
    from vllm.v1.outputs import ModelRunnerOutput

    engine = scheduler(case, model)
    known, first, last = {}, {}, {}
    step = 0
    while len(known) < len(case["requests"]) or engine.requests:
        for number, (arrival, prompt, answer) in enumerate(case["requests"]):
            if arrival == step:
                known[number] = request_of(number, step, prompt, answer)
                engine.add_request(known[number])
        scheduled = engine.schedule()
        names = list(scheduled.num_scheduled_tokens)
        due = [
            engine.requests[n].num_computed_tokens >= engine.requests[n].num_tokens for n in names
        ]
        step += 1
        for name, is_due in zip(names, due, strict=True):
            if is_due:
                first.setdefault(int(name), step)
                last[int(name)] = step
        engine.update_from_output(
            scheduled,
            ModelRunnerOutput(
                req_ids=names,
                req_id_to_index={name: place for place, name in enumerate(names)},
                sampled_token_ids=[[7] if is_due else [] for is_due in due],
                logprobs=None,
                prompt_logprobs_dict={},
                pooler_output=[],
            ),
        )
    numbers = range(len(known))
    return case | {
        "first": [first[n] for n in numbers],
        "last": [last[n] for n in numbers],
        "preemptions": [known[n].num_preemptions for n in numbers],
    }


def main(seed, count, path):
    from vllm.version import __version__

    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "config.json").write_text(json.dumps(MODEL))
        lines = ",\n".join(
            json.dumps(played(case, folder), separators=(",", ":")) for case in cases(seed, count)
        )
    Path(path).write_text(f'{{"vllm":"{__version__}","seed":{seed},"cases":[\n{lines}\n]}}\n')


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
