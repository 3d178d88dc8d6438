"""A Qwen2.5-VL of 1.9 million random weights that answers every question with one sentence.

    python reference/tiny_vlm.py DIRECTORY
    vllm serve DIRECTORY --served-model-name tiny --max-model-len 16384

For trying what servers make of a request: pictures go through the real preprocessing and a random vision tower, and
the answer ends by itself at temperature 0. The sentence is a chain of words, each of which makes the next one likeliest
whatever came before; so it says nothing about the pictures, and their number shows in `usage.prompt_tokens` only. A
byte of text is a token.

For llama.cpp and Ollama, in llama.cpp's folder; its converter tells tokenizers apart by a hash and knows no such one:

    python -c "from conversion.base import TextModel; TextModel.get_vocab_base_pre = lambda *_: 'qwen2'; import runpy
    runpy.run_path('convert_hf_to_gguf.py', run_name='__main__')" DIRECTORY --outtype f32 --outfile tiny.gguf
    ... --mmproj --outfile mmproj.gguf
    llama-server -m tiny.gguf --mmproj mmproj.gguf -c 16384
"""

import json
import sys
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast, Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration
from transformers.convert_slow_tokenizer import bytes_to_unicode

SENTENCE = "A man in white stands on the left and raises his right arm while another player turns away"
SPECIAL = [
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>", "<|image_pad|>",
    "<|video_pad|>",
]
TEMPLATE = """{% for message in messages %}<|im_start|>{{ message['role'] }}
{% if message['content'] is string %}{{ message['content'] }}{% else %}{% for part in message['content'] %}\
{% if part['type'] in ['image', 'image_url'] %}<|vision_start|><|image_pad|><|vision_end|>\
{% elif part['type'] in ['video', 'video_url'] %}<|vision_start|><|video_pad|><|vision_end|>\
{% else %}{{ part['text'] }}{% endif %}{% endfor %}{% endif %}<|im_end|>
{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
{% endif %}"""
HIDDEN, HEADS, LAYERS = 128, 4, 4


def words() -> list[str]:
    """Tokens of the sentence, each another one, so that each has one successor."""
    parts = SENTENCE.split()
    first = [parts[0]] + ["Ġ" + part for part in parts[1:]]  # Ġ stands for a space
    twice = {word for word in first if first.count(word) > 1}
    assert not twice, f"Cannot chain words that come twice: {twice}"
    return first


def tokenizer(chain: list[str]) -> PreTrainedTokenizerFast:
    """Bytes, the words of the sentence (which no text is ever cut into), and Qwen's special tokens."""
    symbols = list(bytes_to_unicode().values()) + [word for word in chain if len(word) > 1] + ["th"]
    core = Tokenizer(models.BPE({symbol: index for index, symbol in enumerate(symbols)}, [("t", "h")]))
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    core.add_special_tokens(SPECIAL)
    return PreTrainedTokenizerFast(
        tokenizer_object=core, eos_token="<|im_end|>", pad_token="<|endoftext|>", chat_template=TEMPLATE,
        model_max_length=32768,
    )


def main(folder: Path) -> None:
    torch.manual_seed(7)
    chain = words()
    tokens = tokenizer(chain)
    number = tokens.convert_tokens_to_ids
    config = Qwen2_5_VLConfig(
        text_config={
            "vocab_size": len(tokens), "hidden_size": HIDDEN, "intermediate_size": 256, "num_hidden_layers": LAYERS,
            "num_attention_heads": HEADS, "num_key_value_heads": HEADS, "max_position_embeddings": 32768,
            "rope_parameters": {"rope_type": "default", "rope_theta": 1e6, "mrope_section": [4, 6, 6]},
            "tie_word_embeddings": False, "bos_token_id": number("<|endoftext|>"),
            "eos_token_id": number("<|im_end|>"), "pad_token_id": number("<|endoftext|>"),
        },
        vision_config={
            "depth": LAYERS, "hidden_size": HIDDEN, "intermediate_size": 256, "num_heads": HEADS,
            "out_hidden_size": HIDDEN, "fullatt_block_indexes": [1, 3], "window_size": 112, "patch_size": 14,
            "spatial_merge_size": 2, "temporal_patch_size": 2,
        },
        image_token_id=number("<|image_pad|>"), video_token_id=number("<|video_pad|>"),
        vision_start_token_id=number("<|vision_start|>"), vision_end_token_id=number("<|vision_end|>"),
        tie_word_embeddings=False,
    )
    model = Qwen2_5_VLForConditionalGeneration(config).to(torch.float32)
    embedding = model.get_input_embeddings().weight.data.normal_()
    head = model.get_output_embeddings().weight.data.normal_(std=0.01)
    steps = ["Ċ", *chain, "<|im_end|>"]  # the template ends with a line feed, Ċ
    for before, after in zip(steps, steps[1:]):
        head[number(after)] = embedding[number(before)]
    model.generation_config.eos_token_id = number("<|im_end|>")
    model.generation_config.pad_token_id = number("<|endoftext|>")
    model.save_pretrained(folder)
    tokens.save_pretrained(folder)
    patches = {
        "patch_size": 14, "temporal_patch_size": 2, "merge_size": 2, "image_mean": [0.5] * 3, "image_std": [0.5] * 3,
        "size": {"shortest_edge": 56 * 56, "longest_edge": 28 * 28 * 1280}, "processor_class": "Qwen2_5_VLProcessor",
    }
    for name, kind in [("preprocessor", "Qwen2VLImageProcessor"), ("video_preprocessor", "Qwen2VLVideoProcessor")]:
        key = "image_processor_type" if name == "preprocessor" else "video_processor_type"
        (folder / f"{name}_config.json").write_text(json.dumps({key: kind, **patches}, indent=1))


main(Path(sys.argv[1]))
