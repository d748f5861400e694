"""Configurations of networks as their publishers wrote them, shortened to what is read here."""

LLAMA_405B = {
    "model_type": "llama", "hidden_size": 16_384, "num_hidden_layers": 126,
    "num_attention_heads": 128, "num_key_value_heads": 8, "intermediate_size": 53_248,
    "vocab_size": 128_256,
}  # fmt: skip
QWEN_72B = {
    "model_type": "qwen2", "hidden_size": 8_192, "num_hidden_layers": 80,
    "num_attention_heads": 64, "num_key_value_heads": 8, "intermediate_size": 29_568,
    "vocab_size": 152_064, "sliding_window": 131_072, "use_sliding_window": False,
}  # fmt: skip
DEEPSEEK_V3 = {
    "model_type": "deepseek_v3", "hidden_size": 7_168, "num_hidden_layers": 61,
    "num_attention_heads": 128, "num_key_value_heads": 128, "intermediate_size": 18_432,
    "vocab_size": 129_280, "q_lora_rank": 1_536, "kv_lora_rank": 512, "qk_nope_head_dim": 128,
    "qk_rope_head_dim": 64, "v_head_dim": 128, "n_routed_experts": 256, "n_shared_experts": 1,
    "num_experts_per_tok": 8, "moe_intermediate_size": 2_048, "first_k_dense_replace": 3,
    "moe_layer_freq": 1,
}  # fmt: skip
MISTRAL_7B = {
    "model_type": "mistral", "hidden_size": 4_096, "num_hidden_layers": 32,
    "num_attention_heads": 32, "num_key_value_heads": 8, "intermediate_size": 14_336,
    "vocab_size": 32_000, "sliding_window": 4_096,
}  # fmt: skip
GPT_OSS_120B = {
    "model_type": "gpt_oss", "hidden_size": 2_880, "num_hidden_layers": 36, "head_dim": 64,
    "num_attention_heads": 64, "num_key_value_heads": 8, "intermediate_size": 2_880,
    "vocab_size": 201_088, "num_local_experts": 128, "num_experts_per_tok": 4,
    "sliding_window": 128, "layer_types": ["sliding_attention", "full_attention"] * 18,
}  # fmt: skip
# text_config of google/gemma-4-31B-it and of google/gemma-4-26b-a4b-it, as several repositories
# quote them; config.json of zai-org/GLM-4.5-Air; MuseGlimmerTextConfig of transformers 5.24.
GEMMA_31B = {
    "model_type": "gemma4_text", "hidden_size": 5_376, "num_hidden_layers": 60,
    "num_attention_heads": 32, "num_key_value_heads": 16, "head_dim": 256,
    "num_global_key_value_heads": 4, "global_head_dim": 512, "attention_k_eq_v": True,
    "intermediate_size": 21_504, "vocab_size": 262_144, "sliding_window": 1_024,
    "hidden_size_per_layer_input": 0, "num_kv_shared_layers": 0, "num_experts": None,
    "enable_moe_block": False, "tie_word_embeddings": True,
    "layer_types": [*["sliding_attention"] * 5, "full_attention"] * 10,
}  # fmt: skip
GEMMA_26B = GEMMA_31B | {
    "hidden_size": 2_816, "num_hidden_layers": 30, "num_attention_heads": 16,
    "num_key_value_heads": 8, "num_global_key_value_heads": 2, "intermediate_size": 2_112,
    "enable_moe_block": True, "num_experts": 128, "top_k_experts": 8,
    "moe_intermediate_size": 704, "layer_types": None,
}  # fmt: skip
GLM_AIR = {
    "model_type": "glm4_moe", "hidden_size": 4_096, "num_hidden_layers": 46, "head_dim": 128,
    "num_attention_heads": 96, "num_key_value_heads": 8, "intermediate_size": 10_944,
    "vocab_size": 151_552, "n_routed_experts": 128, "n_shared_experts": 1,
    "num_experts_per_tok": 8, "moe_intermediate_size": 1_408, "first_k_dense_replace": 1,
}  # fmt: skip
MUSE_GLIMMER = {
    "model_type": "muse_glimmer_text", "hidden_size": 6_656, "num_hidden_layers": 52,
    "num_attention_heads": 32, "num_key_value_heads": 2, "head_dim": 128,
    "intermediate_size": 19_968, "vocab_size": 202_048,
}  # fmt: skip
