"""Names of the files inside each stage's outputs."""

VOCABULARY = "vocabulary.json"
HISTORIES = "histories.parquet"
HELDOUT = "heldout"

INCOMING = "incoming"
TRAINABLE = "trainable.npy"
TRAINING = "training"
TRAINING_FILES = ("items.npy", "times.npy")
TRAINING_LOG = "training.json"
VALIDATION = "validation"

DECISIONS = "decisions.parquet"
ASSIGNMENTS = "assignments.parquet"
EDITS = "edits.jsonl"

MEMORY = "memory"
POOL = "pool"
