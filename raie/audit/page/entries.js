// Entries of the ledger as a table: numbers in columns, what was measured on a line of its own below them.
const LEGEND =
  "Kept: the part of what the region had gathered that was left before the new was added. Turned: how far its center moved. " +
  "Share: the part of the night's sequences behind the edit; of all weight where a region begins.";

const ENTRY_COLUMNS = {
  night: ["", (row) => nightLink(LEDGER.night[row])],
  operation: ["", (row) => chip(operationOf(row), operationKind[operationOf(row)] ?? "")],
  region: ["", (row) => regionLink(regionName(row))],
  from: ["", (row) => (LEDGER.parents[row] ?? []).flatMap((parent, place) => [place ? ", " : "", regionLink(parent)])],
  sequences: ["n", (row) => number(LEDGER.n_sequences[row])],
  weight: ["n", (row) => number(LEDGER.weight[row])],
  kept: ["n", (row) => number(LEDGER.retained[row], 4)],
  radius: ["n", (row) => degrees(LEDGER.radius[row])],
  turned: ["n", (row) => degrees(LEDGER.angle_moved[row], 3)],
};

// Left out are columns that would say the same on every line: a night's own date, a card's own region.
const entryTable = (label, rows, { night = true, region = null } = {}) => {
  const said = {
    ...ENTRY_COLUMNS,
    night: night && ENTRY_COLUMNS.night,
    region: rows.some((row) => regionName(row) !== region) && ENTRY_COLUMNS.region,
    from: rows.some((row) => LEDGER.parents[row]) && ENTRY_COLUMNS.from,
  };
  const columns = Object.entries(said).filter(([, column]) => column);
  const head = columns.map(([title, [kind]]) => make("th", { scope: "col", class: kind }, title));
  const lines = rows.flatMap((row) => [
    make("tr", {}, ...columns.map(([title, [kind, cell]]) => make("td", { class: kind, "data-title": title }, ...[cell(row)].flat()))),
    make("tr", { class: "below" }, make("td", { class: "long", colspan: columns.length }, scores(row) ? `${scores(row)}, ` : "", "hash ", make("code", {}, LEDGER.hash[row]))),
  ]);
  const whole = make("table", {}, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...lines));
  return make("div", { class: "entries" },
    make("p", { class: "quiet" }, LEGEND),
    make("div", { class: "scroll", role: "region", "aria-label": label, tabindex: "0" }, whole));
};
