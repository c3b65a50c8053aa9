"""Names of the files inside each stage's outputs."""

VOCABULARY = "vocabulary.json"
HISTORIES = "histories.parquet"
HELDOUT = "heldout"
RECENT = "recent"

INCOMING = "incoming"
LINEAGE = "lineage.npy"
TRAINABLE = "trainable.npy"
TRAINING = "training"
TRAINING_FILES = ("items.npy", "times.npy", "ends.npy")
TRAINING_LOG = "training.json"
VALIDATION = "validation"

DECISIONS = "decisions.parquet"
ASSIGNMENTS = "assignments.parquet"
EDITS = "edits.jsonl"

NEWEST = "newest.parquet"
RETENTION = "retention.parquet"
FORWARD = "forward.parquet"

MEMORY = "memory"
POOL = "pool"
