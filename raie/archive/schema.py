"""Tables of the index; a cache, so that another version of them is simply made anew."""

VERSION = 1
"""Raise it with every change to a table or to what is written into one."""

TABLES = """
CREATE TABLE tag (
    number INTEGER PRIMARY KEY,
    ref TEXT NOT NULL UNIQUE,
    "commit" TEXT NOT NULL,
    refused INTEGER NOT NULL,
    position INTEGER,
    follows TEXT,
    ends TEXT,
    snapshot TEXT NOT NULL,
    date TEXT NOT NULL,
    kind TEXT NOT NULL,
    generation INTEGER NOT NULL,
    previous TEXT,
    n_regions INTEGER NOT NULL,
    first_day TEXT,
    last_day TEXT,
    n_accepted INTEGER,
    n_refused INTEGER,
    k INTEGER,
    heldout_windows INTEGER,
    heldout_recall REAL,
    heldout_ndcg REAL,
    base_recall REAL,
    newest_recall REAL,
    forward_recall REAL,
    forward_base_recall REAL,
    root_hash TEXT,
    ledger_head TEXT,
    code_commit TEXT,
    run TEXT
);
CREATE INDEX tag_position ON tag (position);
CREATE TABLE edit (
    tag INTEGER NOT NULL REFERENCES tag ON DELETE CASCADE,
    position INTEGER NOT NULL,
    date TEXT,
    generation INTEGER,
    event TEXT,
    operation TEXT,
    region TEXT,
    parents TEXT NOT NULL,
    n_sequences INTEGER,
    retained REAL,
    weight REAL,
    radius REAL,
    angle_moved REAL,
    scores TEXT NOT NULL,
    sequences_digest TEXT,
    adapter_digest TEXT,
    hash TEXT NOT NULL,
    previous_hash TEXT NOT NULL,
    PRIMARY KEY (tag, position)
) WITHOUT ROWID;
CREATE TABLE region_metric (
    tag INTEGER NOT NULL REFERENCES tag ON DELETE CASCADE,
    region TEXT NOT NULL,
    part TEXT NOT NULL,
    windows INTEGER,
    recall REAL,
    ndcg REAL,
    PRIMARY KEY (tag, region, part)
) WITHOUT ROWID;
CREATE TABLE training (
    tag INTEGER NOT NULL REFERENCES tag ON DELETE CASCADE,
    region TEXT NOT NULL,
    trained INTEGER NOT NULL,
    windows INTEGER,
    replayed INTEGER,
    steps INTEGER,
    first_loss REAL,
    last_loss REAL,
    norm_mean REAL,
    norm_max REAL,
    PRIMARY KEY (tag, region)
) WITHOUT ROWID;
CREATE TABLE gate (
    tag INTEGER NOT NULL REFERENCES tag ON DELETE CASCADE,
    gate TEXT NOT NULL,
    passed INTEGER,
    headline TEXT NOT NULL,
    warnings TEXT NOT NULL,
    PRIMARY KEY (tag, gate)
) WITHOUT ROWID;
"""

WITHIN = ("edit", "region_metric", "training", "gate")
"""Tables whose rows belong to a tag."""
