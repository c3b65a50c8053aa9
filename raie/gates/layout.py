"""Where the stages' outputs lie below a work tree's data: gates judge files, whoever wrote them."""

ACCEPTED = "accepted/interactions.parquet"

INCOMING = "windows/incoming"
VALIDATION = "windows/validation"
TRAINABLE = "windows/trainable.npy"
TRAINING = "windows/training"

VOCABULARY = "histories/vocabulary.json"
HISTORIES = "histories/histories.parquet"
HELDOUT = "histories/heldout"
RECENT = "histories/recent"

BACKBONE = "backbone"

ENCODED = "encodings/incoming.npy"
LINEAGE = "encodings/lineage.npy"

REGIONS = "regions"
MEMORY = "regions/memory"
DATASTORE = "regions/datastore"

ASSIGNMENTS = "decisions/assignments.parquet"
EDITS = "decisions/edits.jsonl"

ADAPTERS = "adapters"
TRAINING_LOG = "training.json"

METRICS = "metrics.json"
GATE_DOCUMENTS = "gates"
