// What the page shows. Nights are known by their place, regions by their number.
const DATA = JSON.parse(document.getElementById("data").textContent);
const { nights: NIGHTS, regions: REGIONS, ledger: LEDGER } = DATA;
const LAST = NIGHTS.length - 1;
const NUMBER_OF = new Map(REGIONS.map((region, number) => [region.id, number]));
const ROWS = LEDGER.night.map((_, row) => row);
const state = { place: LAST, magnify: 1 };

const grouped = (keys) => {
  const groups = new Map();
  keys.forEach((key, row) => (groups.has(key) ? groups.get(key).push(row) : groups.set(key, [row])));
  return groups;
};
const ROWS_OF_NIGHT = grouped(LEDGER.night);
const ROWS_OF_REGION = grouped(LEDGER.region);
// a region's ledger holds the entries that name it as a parent, too
for (const [row, parents] of Object.entries(LEDGER.parents)) {
  for (const parent of parents) {
    const number = NUMBER_OF.get(parent);
    if (number === undefined || number === LEDGER.region[row]) continue;
    if (!ROWS_OF_REGION.has(number)) ROWS_OF_REGION.set(number, []);
    ROWS_OF_REGION.get(number).push(Number(row));
  }
}
for (const rows of ROWS_OF_REGION.values()) rows.sort((a, b) => a - b);

const operationOf = (row) => LEDGER.operations[LEDGER.operation[row]];
const regionName = (row) => (LEDGER.region[row] < 0 ? LEDGER.named[row] : REGIONS[LEDGER.region[row]].id);
const livesAt = (region, place) => region.spans.some(([first, last]) => first <= place && place <= last);
const bornAt = (region) => region.spans[0][0];
const anchorOfNight = (place) => (NIGHTS[place].refused ? NIGHTS[place].id.replace("/", "-") : `night-${NIGHTS[place].id}`);
// The anchor is the line itself, since a browser focuses what an address names.
const nightElement = (place) => document.getElementById(anchorOfNight(place))?.parentElement;
const anchorOfRegion = (number) => `region-${REGIONS[number].id}`;
