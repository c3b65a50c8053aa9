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
  Object.entries(LEDGER.scores[row] ?? {}).map(([name, value]) =>
    `${spelled(name)} ${LEDGER.in_degrees.includes(name) ? degrees(value) : number(value, value % 1 ? 3 : 0)}`).join(", ");

const sequencesOf = (place) => {
  const counts = {};
  for (const row of ROWS_OF_NIGHT.get(place) ?? []) {
    const name = operationOf(row);
    counts[name] = (counts[name] ?? 0) + LEDGER.n_sequences[row];
  }
  return counts;
};

// What a night's sequences went into, or why there were none.
const sequencesSaid = (place) => {
  if (NIGHTS[place].refused) return "edits discarded";
  const counts = Object.entries(sequencesOf(place)).filter(([, count]) => count).map(([name, count]) => `${name} ${number(count)}`);
  return `sequences: ${counts.join(", ") || "none"}`;
};
const cameIn = (night) => (night.n_accepted === null ? "" : `${counted(night.n_accepted, "row")} came in, `);

const restoredSaid = (place) => {
  const [back, region] = NIGHTS[place].restored;
  return back ? `${region ?? "all regions"} rolled back to ${back}` : null;
};

// A refused candidate leaves what was before it in force.
const lastPromoted = (place) => {
  while (place > 0 && NIGHTS[place].refused) place -= 1;
  return place;
};
