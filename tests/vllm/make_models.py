"""Folders of small models with random weights, made without a download.

Run by the Python of ``.venv-vllm``, which has the tokenizer library: ``make_models.py FOLDER``.
"""

import json
import random
import sys
from pathlib import Path

VOCABULARY = 16_384
LLAMA = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_act": "silu",
    "hidden_size": 512,
    "intermediate_size": 2048,
    "num_hidden_layers": 8,
    "num_attention_heads": 8,
    "num_key_value_heads": 4,
    "head_dim": 64,
    "vocab_size": VOCABULARY,
    "max_position_embeddings": 8192,
    "rms_norm_eps": 1e-5,
    "rope_theta": 500000.0,
    "tie_word_embeddings": False,
    "attention_bias": False,
    "mlp_bias": False,
    "bos_token_id": 0,
    "eos_token_id": 1,
    "torch_dtype": "bfloat16",
}
LLAMA_4 = {
    **LLAMA,
    "architectures": ["Llama4ForCausalLM"],
    "model_type": "llama4_text",
    "num_hidden_layers": 4,
    "intermediate_size": 1024,
    "intermediate_size_mlp": 2048,
    "num_local_experts": 4,
    "num_experts_per_tok": 1,
    "interleave_moe_layer_step": 1,
    "use_qk_norm": True,
    "attention_chunk_size": 8192,
    "attn_temperature_tuning": True,
    "floor_scale": 8192,
    "attn_scale": 0.1,
}


def byte_level_tokenizer():
    """Train byte-pair merges on made-up words."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

    draw = random.Random(7)
    letters = "etaoinshrdlucmfwypvbgk"
    words = [
        "".join(draw.choice(letters) for _ in range(draw.randint(2, 9))) for _ in range(60_000)
    ]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    special = ["<bos>", "<eos>", "<pad>", "<unk>"]
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(
        (" ".join(words[start : start + 12]) for start in range(0, len(words), 12)), trainer
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<bos> $A", special_tokens=[("<bos>", 0)]
    )
    return tokenizer


def write_model(folder, config, tokenizer):
    """Write what an engine reads when the weights are made up on load."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config, indent=1))
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(
        json.dumps(
            {
                "tokenizer_class": "PreTrainedTokenizerFast",
                "bos_token": "<bos>",
                "eos_token": "<eos>",
                "pad_token": "<pad>",
                "chat_template": "{% for m in messages %}{{ m.content }}{% endfor %}",
            }
        )
    )


if __name__ == "__main__":
    target = Path(sys.argv[1])
    words = byte_level_tokenizer()
    write_model(target / "llama-small", LLAMA, words)
    write_model(target / "llama-4-small", LLAMA_4, words)
