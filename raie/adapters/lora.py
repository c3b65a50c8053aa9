"""How PEFT configures our adapters: all that it is imported for, where a generation begins."""

from collections.abc import Sequence

from peft import LoraConfig

from raie.params import AdapterParams


def lora_config(params: AdapterParams, targets: Sequence[str]) -> LoraConfig:
    """Configure a LoRA whose B starts at zero, so that a fresh adapter equals its base."""
    return LoraConfig(
        r=params.rank,
        lora_alpha=params.lora_alpha,
        lora_dropout=params.dropout,
        target_modules=sorted(targets),
        bias="none",
        init_lora_weights=True,
    )
