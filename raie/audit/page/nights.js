// A line per night that unfolds: what it was, what its gates said, what it edited.
const EVENTS = { add: ["born", "good"], merge: ["absorbed another", "warn"], retire: ["retired", "bad"], end: ["ended", "bad"], reject: ["candidate refused near", "warn"] };

const eventChips = (place) =>
  (ROWS_OF_NIGHT.get(place) ?? []).filter((row) => operationOf(row) in EVENTS).slice(0, 12).map((row) => {
    const [word, kind] = EVENTS[operationOf(row)];
    return make("span", { class: `chip ${kind}` }, ...(word.includes("near") ? [`${word} `, own(regionName(row))] : [own(regionName(row)), ` ${word}`]));
  });

const verdict = ([, passed, , warnings]) => {
  if (passed === null) return make("span", { class: "verdict" }, "not judged");
  if (!passed) return make("span", { class: "verdict bad" }, "refused");
  return make("span", { class: `verdict ${warnings.length ? "warn" : "good"}` }, warnings.length ? "passed, warned" : "passed");
};

const gatesTable = (night) =>
  table(`Gates of ${night.id}`, [["gate"], ["verdict"], ["in short", "long"]],
    night.gates.map((gate) => [gate[0], verdict(gate), [own(gate[2]), ...gate[3].map((line) => make("div", { class: "quiet" }, own(line)))]]));

const nightInside = (night, place) => {
  const rows = ROWS_OF_NIGHT.get(place) ?? [];
  const inside = make("div", { class: "inside" });
  const look = make("button", { type: "button" }, "Show on the charts");
  look.addEventListener("click", () => {
    choose(place);
    byId("map").scrollIntoView();
    byId("place").focus({ preventScroll: true });
  });
  inside.append(facts([
    ["kind", night.kind], ["generation", number(night.generation)], ["regions", number(night.n_regions)],
    ["rows accepted", number(night.n_accepted)], ["rows refused", number(night.n_refused)],
    ["retention", recall(night.heldout_recall)], ["newest held-out", recall(night.newest_recall)],
    ["rolled back to", night.restored[0] ?? null], ["what arrived", recall(night.forward_recall)], ["without adapters", recall(night.forward_base_recall)],
    ["centers turned", degrees(night.drift, 3)], ["previous", night.previous ?? NOT_KNOWN],
  ]), make("p", { class: "hash" }, make("span", {}, "root hash"), make("code", {}, night.root_hash ?? NOT_KNOWN)),
  make("p", { class: "hash" }, make("span", {}, "tag"), make("code", {}, night.ref), " ", make("code", {}, (night.commit ?? "").slice(0, 12))), look);
  if (night.gates.length) inside.append(make("h4", {}, "Gates"), gatesTable(night));
  inside.append(make("h4", {}, "Ledger"), rows.length
    ? entryTable(`Ledger of ${night.id}`, rows, { night: false })
    : make("p", { class: "quiet" }, night.refused ? `${cameIn(night)}edits discarded: a refused candidate writes nothing into the ledger.` : "Nothing was edited."));
  return inside;
};

const nightLine = (night, place) => {
  const counts = Object.values(sequencesOf(place)).reduce((sum, count) => sum + count, 0);
  const did = night.refused ? `${cameIn(night)}edits discarded, ` : restoredSaid(place) ? "" : `${counted(counts, "sequence")}, `;
  const warned = night.gates.filter((gate) => gate[3].length).length;
  const title = [
    make("b", {}, night.refused ? night.date : night.id),
    night.refused ? chip("refused", "bad") : null,
    night.kind !== "nightly" ? chip(night.kind, "link") : null,
    restoredSaid(place) ? chip(restoredSaid(place), "link") : null,
    ...eventChips(place),
    warned ? chip(counted(warned, "gate warned", "gates warned"), "warn") : null,
    make("span", { class: "numbers" }, `${did}retention ${recall(night.heldout_recall)}`),
  ].filter((part) => part !== null);
  const line = folded(title, () => nightInside(night, place), { class: "night" });
  line.firstElementChild.id = anchorOfNight(place);
  return line;
};

const startNights = () => byId("night-list").append(...NIGHTS.map(nightLine).reverse());
