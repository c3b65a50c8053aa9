// Numbers as people read them; a dash for what is not known.
const NOT_KNOWN = "-";
const number = (value, digits) =>
  value === null || value === undefined
    ? NOT_KNOWN
    : value.toLocaleString("en", digits === undefined ? {} : { minimumFractionDigits: digits, maximumFractionDigits: digits });
const recall = (value) => number(value, 4);
const share = (value) => (value === null ? NOT_KNOWN : `${number(100 * value, 1)} %`);
const degrees = (value, digits = 2) => (value === null ? NOT_KNOWN : `${number(value, digits)}°`);
const counted = (count, noun, nouns = `${noun}s`) => `${number(count)} ${count === 1 ? noun : nouns}`;
const spelled = (name) => name.replaceAll("_", " ");
const stateKind = { live: "good", merged: "warn", retired: "bad", ended: "", "rolled back": "link" };
const operationKind = { add: "good", construct: "", renew: "", reject: "warn", merge: "warn", retire: "bad", end: "bad", rollback: "link" };

const scores = (row) =>
  Object.entries(LEDGER.scores[row] ?? {}).map(([name, value]) => `${spelled(name)} ${number(value, value % 1 ? 3 : 0)}`).join(", ");

const sequencesOf = (place) => {
  const counts = {};
  for (const row of ROWS_OF_NIGHT.get(place) ?? []) {
    const name = operationOf(row);
    counts[name] = (counts[name] ?? 0) + LEDGER.n_sequences[row];
  }
  return counts;
};

const ENTRY_COLUMNS = [
  ["night"], ["operation"], ["region"], ["from"], ["sequences", "n"], ["weight", "n"], ["kept", "n"], ["radius", "n"],
  ["turned", "n"], ["measured", "long"], ["hash"],
];
const entryCells = (row) => [
  nightLink(LEDGER.night[row]),
  chip(operationOf(row), operationKind[operationOf(row)] ?? ""),
  regionLink(regionName(row)),
  (LEDGER.parents[row] ?? []).flatMap((parent, place) => [place ? ", " : "", regionLink(parent)]),
  number(LEDGER.n_sequences[row]),
  number(LEDGER.weight[row]),
  number(LEDGER.retained[row], 4),
  degrees(LEDGER.radius[row]),
  degrees(LEDGER.angle_moved[row], 3),
  scores(row),
  make("code", {}, LEDGER.hash[row]),
];
