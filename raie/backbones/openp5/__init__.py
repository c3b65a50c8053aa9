"""OpenP5: a language model as a backbone, its prompt, its item tokens."""
