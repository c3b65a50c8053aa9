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
    byId("ledger-rows").querySelectorAll("tbody tr:not(.below)")[before]?.querySelector("a")?.focus();
  });
  const part = rows.length < found.length ? `, the newest ${number(rows.length)} shown` : rows.length > 1 ? ", newest first" : "";
  const note = LEDGER.all_scored ? "" : " Of routine entries the page leaves out what was measured; raie history has it.";
  byId("ledger-rows").replaceChildren(
    make("p", { class: "quiet" }, `${number(found.length)} of ${counted(ROWS.length, "entry", "entries")} found${part}.${note}`),
    rows.length ? entryTable("Ledger", rows) : make("p", {}, "No entry matches."),
    rows.length < found.length ? more : "",
  );
};

const showFound = (rows) => {
  found = rows;
  shown = PART;
  showLedger();
};
