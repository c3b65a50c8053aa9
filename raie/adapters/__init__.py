"""One PEFT LoRA per region: trained with in-region replay, stored as PEFT stores it, resident together."""
