"""Writes tests/golden/convert/onnx_*/: ONNX exports whose weights are hard to name, with their canonical weights.

What `export_onnx.py` does not cover: the original ViTPose's modules (sequences, joint qkv), float16, parameters that are
equal to each other (which the old exporter stores once), a plain encoder under the names of transformers 5, and a BERT
with a pooler.
"""

import logging
import warnings

import onnx
import torch
from torch import Tensor, nn
from transformers import BertConfig, BertModel, ViTConfig, ViTModel

from convert_golden import POSITIONS, canonical_original, canonical_vit, config_of, new_folder, write_expected
from export_onnx import strip_places
from huggingface import canonical_bert, canonical_vitpose, randomise, vitpose_module
from original_vitpose import OriginalVitpose, randomise_original
from tiny_config import tiny_config


class Output(nn.Module):
    """A model with one tensor as its output; the model is the root of the names."""

    def __init__(self, model: nn.Module, output: str):
        super().__init__()
        self.model = model
        self.output = output

    def forward(self, *inputs: Tensor) -> Tensor:
        return getattr(self.model(*inputs), self.output)


def export(module: nn.Module, inputs: tuple[Tensor, ...], case: str, opset: int, dynamo: bool = False) -> None:
    path = new_folder(case) / "model.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module.eval(), inputs, path, opset_version=opset, dynamo=dynamo, verbose=False, external_data=False
        )
    strip_places(path)
    onnx.checker.check_model(path, full_check=True)
    model = onnx.load(path)
    kinds = sorted({node.op_type for node in model.graph.node})
    print(f"{case}: {path.stat().st_size / 1000:.0f} kB, {len(model.graph.initializer)} initializers; {' '.join(kinds)}")


def image() -> Tensor:
    return torch.zeros(1, 3, 128, 96)


def write_original() -> None:
    """The original modules, in float16 by the old exporter and in float32 by the new one."""
    config = config_of("classic", epsilon=1e-6, layers=1)
    module = OriginalVitpose(config, POSITIONS, 17).eval()
    randomise_original(module, 7000)
    state = {name: t.half().float() if t.is_floating_point() else t for name, t in module.state_dict().items()}
    module.load_state_dict(state)
    del module.backbone.cls_token
    export(module, (image(),), "onnx_original_dynamo", 18, dynamo=True)
    export(module.half(), (image().half(),), "onnx_original_float16", 14)
    write_expected("onnx_original_float16", canonical_original(state), config)


def write_equal_parameters() -> None:
    """A new Hugging Face ViTPose: all normalisations are alike, and so are all biases of one size."""
    config = config_of("classic")
    module = vitpose_module(config)
    module.backbone.set_attn_implementation("eager")
    export(Output(module, "heatmaps"), (image(),), "onnx_equal_parameters", 13)
    write_expected("onnx_equal_parameters", canonical_vitpose(module.state_dict()), config)


def write_plain() -> None:
    config = tiny_config(
        vision={"patchSize": 8, "width": 8, "heads": 2, "hidden": 16, "layers": 2, "epsilon": 1e-12},
        image={"height": 128, "width": 96},
    )
    module = ViTModel(
        ViTConfig(
            image_size=14 * 8,
            patch_size=8,
            hidden_size=8,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=16,
        ),
        add_pooling_layer=False,
    ).eval()
    randomise(module, 7020)
    folder = new_folder("onnx_plain")
    module.save_pretrained(folder)
    from convert_golden import saved_state

    state = {f"vit.{name}": tensor for name, tensor in saved_state(folder).items()}
    export(Output(module, "last_hidden_state"), (torch.zeros(1, 3, 112, 112),), "onnx_plain", 17)
    write_expected("onnx_plain", canonical_vit(state, antialias=True), config)


def write_bert() -> None:
    """The bare module as root, so that no name has a prefix, with its pooler."""
    config = tiny_config(text={"width": 12, "heads": 3, "hidden": 20, "layers": 1})
    module = BertModel(
        BertConfig(
            vocab_size=41,
            max_position_embeddings=20,
            hidden_size=12,
            num_hidden_layers=1,
            num_attention_heads=3,
            intermediate_size=20,
        )
    ).eval()
    randomise(module, 7030)

    class Rooted(BertModel):
        def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, Tensor]:
            output = super().forward(input_ids=input_ids, attention_mask=attention_mask)
            return output.last_hidden_state, output.pooler_output

    module.__class__ = Rooted
    tokens = torch.ones(1, 6, dtype=torch.long)
    export(module, (tokens, tokens), "onnx_bert_pooler", 14)
    state = {name: tensor for name, tensor in module.state_dict().items() if not name.startswith("pooler.")}
    write_expected("onnx_bert_pooler", canonical_bert(state), config)


def main() -> None:
    torch.set_grad_enabled(False)
    torch.set_num_threads(1)
    torch.manual_seed(0)
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    write_original()
    write_equal_parameters()
    write_plain()
    write_bert()


if __name__ == "__main__":
    main()
