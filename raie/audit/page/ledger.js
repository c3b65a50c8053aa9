// The whole ledger, the newest entry first, a part at a time.
const PART = 60;
let found = ROWS;
let shown = PART;

const showLedger = () => {
  const rows = found.slice(-shown).reverse();
  const more = make("button", { type: "button", class: "more" }, `Show ${Math.min(PART, found.length - rows.length)} more`);
  more.addEventListener("click", () => {
    const before = shown;
    shown += PART;
    showLedger();
    byId("ledger-rows").querySelectorAll("tbody tr")[before]?.querySelector("a")?.focus();
  });
  const note = LEDGER.all_scored ? "" : " Of routine entries the page leaves out what was measured; raie history has it.";
  byId("ledger-rows").replaceChildren(
    make("p", { class: "quiet" }, `${number(rows.length)} of ${counted(found.length, "entry", "entries")} found, newest first.${note}`),
    rows.length ? table("Ledger", ENTRY_COLUMNS, rows.map(entryCells)) : make("p", {}, "No entry fits the filters."),
    rows.length < found.length ? more : "",
  );
};

const showFound = (rows) => {
  found = rows;
  shown = PART;
  showLedger();
};
