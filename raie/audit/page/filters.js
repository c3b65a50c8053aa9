// One search and three choices narrow regions, nights and ledger together.
const NIGHT_STATES = ["promoted", "refused"];
const lower = (...texts) => texts.filter(Boolean).join("\n").toLocaleLowerCase("en");
const REGION_TEXT = REGIONS.map((region) => lower(region.id, region.state, region.successor, region.description?.name, ...[...(region.description?.items ?? []), ...(region.description?.genres ?? [])].map(([title]) => title)));
const NIGHT_TEXT = NIGHTS.map((night) => lower(night.id, night.ref, night.kind, night.run, night.root_hash, night.commit, ...night.gates.flatMap(([gate, , headline, warnings]) => [gate, headline, ...warnings])));

const asked = () => ({
  text: lower(byId("search").value.trim()),
  operation: byId("filter-operation").value,
  state: byId("filter-state").value,
  night: byId("filter-night").value,
});

const fitsNightState = (place, wanted) => !NIGHT_STATES.includes(wanted) || NIGHTS[place].refused === (wanted === "refused");
const fitsRegionState = (number, wanted) => !wanted || NIGHT_STATES.includes(wanted) || (number >= 0 && REGIONS[number].state === wanted);

const fitsEntry = (row, { text, operation, state: wanted, night }) =>
  (!operation || operationOf(row) === operation) &&
  (!night || LEDGER.night[row] === Number(night)) &&
  fitsRegionState(LEDGER.region[row], wanted) && fitsNightState(LEDGER.night[row], wanted) &&
  (!text || LEDGER.hash[row].startsWith(text) || operationOf(row).includes(text) || NIGHTS[LEDGER.night[row]].id.includes(text) ||
    (LEDGER.region[row] < 0 ? lower(LEDGER.named[row]).includes(text) : REGION_TEXT[LEDGER.region[row]].includes(text)));

const applyFilters = () => {
  const wanted = asked();
  const rows = ROWS.filter((row) => fitsEntry(row, wanted));
  const narrowed = Boolean(wanted.operation || wanted.night);
  // an operation concerns the regions that it took from, too; a word only those that it fits
  const concerned = (row) => (wanted.text ? [] : LEDGER.parents[row] ?? []).map((parent) => NUMBER_OF.get(parent));
  const withRegion = new Set(rows.flatMap((row) => [LEDGER.region[row], ...concerned(row)]));
  const withNight = new Set(rows.map((row) => LEDGER.night[row]));
  const regions = REGIONS.map((_, number) =>
    fitsRegionState(number, wanted.state) && (narrowed || wanted.text ? withRegion.has(number) || (!narrowed && REGION_TEXT[number].includes(wanted.text)) : true));
  const nights = NIGHTS.map((_, place) =>
    fitsNightState(place, wanted.state) && (!wanted.night || place === Number(wanted.night)) &&
    (!wanted.operation || withNight.has(place)) && (!wanted.text || withNight.has(place) || NIGHT_TEXT[place].includes(wanted.text)));
  showFilters(regions, nights, rows, Object.values(wanted).some(Boolean));
};

const showFilters = (regions, nights, rows, active) => {
  regions.forEach((fits, number) => {
    byId(anchorOfRegion(number)).hidden = !fits;
    const drawn = `[id^="lineage-lane-${number}-"], .map [id$="-${number}"]`;
    for (const part of document.querySelectorAll(drawn)) part.classList.toggle("dim", !fits);
  });
  nights.forEach((fits, place) => (nightElement(place).hidden = !fits));
  byId("no-region").hidden = regions.some(Boolean);
  byId("no-night").hidden = nights.some(Boolean);
  const count = (fits) => fits.filter(Boolean).length;
  byId("found").textContent = active
    ? `${count(regions)} of ${counted(REGIONS.length, "region")}, ${count(nights)} of ${counted(NIGHTS.length, "night")}, ${number(rows.length)} of ${counted(ROWS.length, "entry", "entries")}`
    : "";
  showFound(rows);
};

const options = (id, pairs) => byId(id).append(...pairs.map(([value, text]) => make("option", { value }, text)));

const startFilters = () => {
  options("filter-operation", LEDGER.operations.map((name) => [name, name]));
  const states = [...new Set(REGIONS.map((region) => region.state))].sort();
  byId("filter-state").append(
    make("optgroup", { label: "regions" }, ...states.map((name) => make("option", { value: name }, name))),
    make("optgroup", { label: "nights" }, ...NIGHT_STATES.map((name) => make("option", { value: name }, name))));
  options("filter-night", NIGHTS.map((night, place) => [String(place), night.id]).reverse());
  const form = byId("filters");
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", applyFilters);
  form.addEventListener("reset", () => setTimeout(applyFilters));
  byId("filter-night").addEventListener("change", (event) => event.target.value && choose(Number(event.target.value)));
};
