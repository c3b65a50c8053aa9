"""Names of the files in which lies what regions saw and learnt; nothing here needs torch."""

DATASTORE = "datastore"
"""Folder beside the files of a region set, with one for each region."""
ENTRIES, USERS = "entries.safetensors", "user_ids.npy"
"""Of one region: serving reads the first alone; whose an entry is says the second."""

ODDS = "odds.safetensors"
"""Habits and trust of one region, beside the files of its adapter, which PEFT reads without it."""
HABITS, TRUST = "habits", "trust"
"""Tensors of that file."""
