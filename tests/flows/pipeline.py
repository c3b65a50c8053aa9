"""Three stages in place of ten. What is delivered says how they end."""

from raie.snapshots.pointers import CARRIED

STAGES = ("ingest", "promote", "snapshot")

INTERACTIONS = """
mkdir -p data/gates data/quarantine;
if [ -e data/inbox/broken.csv ]; then
  echo '{"passed": false, "headline": "broken.csv: no table"}' > data/gates/interactions.json;
  echo 'raie: broken.csv: no table' >&2; exit 1;
fi;
if [ -e data/inbox/fails.csv ]; then echo 'raie: mend it' >&2; exit 1; fi;
if [ -e data/inbox/dies.csv ] && [ ! -e ../../died ]; then touch ../../died; kill -9 $$; fi;
if [ -e data/inbox/dies-always.csv ]; then echo x >> ../../deaths; kill -9 $$; fi;
echo '{"passed": true, "headline": "fine", "files": [], "warnings": []}' > data/gates/interactions.json
"""
PROMOTION = """
if [ -e data/inbox/poison.csv ];
then echo '{"promoted": false, "headline": "retention fell", "first": false, "checks": []}';
else echo '{"promoted": true, "headline": "no loss", "first": false, "checks": []}';
fi > data/gates/promotion.json;
"""
CARRY = "; ".join(f"mkdir -p data/{name} && cp data/night.json data/{name}" for name in CARRIED)
MANIFEST = (
    """printf '{"night": %s, "ledger_head": "head"}' "$(cat data/night.json)" > data/manifest.json; """
    ": > data/ledger.jsonl"
)


def _stage(command, outs, deps):
    return {"cmd": " ".join(command.split()), "deps": deps, "outs": outs}


def _document(path):
    return {path: {"cache": False}}


DVC = {
    "stages": {
        "ingest": _stage(
            INTERACTIONS, [_document("data/gates/interactions.json")], ["data/inbox", "data/night.json"]
        ),
        "promote": _stage(
            PROMOTION + CARRY,
            [*(f"data/{name}" for name in CARRIED), _document("data/gates/promotion.json")],
            ["data/inbox", "data/gates/interactions.json"],
        ),
        "snapshot": _stage(
            MANIFEST,
            [_document("data/manifest.json"), _document("data/ledger.jsonl")],
            ["data/gates/promotion.json", "data/night.json"],
        ),
    }
}
PARAMS = {"schedules": {"retries": 1, "retry_delay_seconds": 0, "max_catch_up": 3}}
