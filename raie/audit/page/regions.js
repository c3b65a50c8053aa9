// A card per region: where it came from, how it fared, its ledger, what its adapter learnt from.
const WIDTH = 200;
const HEIGHT = 40;

// One range for all cards, so that a step on one is as high as the same step on another.
const RECALLS = REGIONS.flatMap((region) => region.retention.recall).filter((value) => value !== null);
const RECALL_RANGE = RECALLS.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);
const rangeOf = (values) => [0, Math.max(...values.filter((value) => value !== null))];

const spark = (title, values, kind, text, [low, high], area = false) => {
  const known = values.map((value, step) => [step, value]).filter(([, value]) => value !== null);
  if (!known.length) return make("div", { class: "spark" }, make("p", {}, `${title}: not measured`));
  const span = high - low || 1;
  const x = (step) => (values.length > 1 ? (WIDTH * step) / (values.length - 1) : 0);
  const points = known.map(([step, value]) => `${x(step).toFixed(1)} ${(HEIGHT - 2 - ((HEIGHT - 4) * (value - low)) / span).toFixed(1)}`);
  if (points.length === 1) points.push(points[0].replace(/^\S+/, String(WIDTH)));
  const line = `M${points.join("L")}`;
  const shape = area ? [draw("path", { class: "area", d: `${line}L${points.at(-1).split(" ")[0]} ${HEIGHT}L${points[0].split(" ")[0]} ${HEIGHT}z` })] : [];
  const view = { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": `${title}: ${text}` };
  return make("div", { class: `spark ${kind}` }, draw("svg", view, ...shape, draw("path", { d: line })), make("p", {}, `${title} ${text}`));
};

const course = (values, format) => {
  const known = values.filter((value) => value !== null);
  return known.length > 1 ? `${format(known[0])} → ${format(known.at(-1))}` : format(known[0] ?? null);
};

const trainingTable = (region) =>
  table(
    `What ${region.id} was trained on`,
    [["night"], ["windows", "n"], ["replayed", "n"], ["steps", "n"], ["first loss", "n"], ["last loss", "n"], ["norm of change", "n"]],
    region.trained.map(([place, windows, replayed, steps, first, last, norm]) => [
      nightLink(place), number(windows), number(replayed), number(steps), number(first, 3), number(last, 3), number(norm, 4),
    ]),
  );

const traitTable = (region, what, traits) =>
  table(`${what} of ${region.id}`, [[what, "long"], ["of its sequences", "n"], ["of all", "n"], ["times more, smoothed", "n"]],
    traits.map(([title, here, whole, lift]) => [own(title), share(here), share(whole), number(lift, 1)]));

const aboutTables = (region) => {
  const { sequences, users, items, genres } = region.description;
  return make("div", {},
    make("p", { class: "quiet" }, `By ${counted(sequences, "sequence")} of ${counted(users, "user")} that it remembered on its last night.`),
    genres.length ? traitTable(region, "genres", genres) : null,
    items.length ? traitTable(region, "items", items) : null);
};

const card = (region, index) => {
  const rows = ROWS_OF_REGION.get(index) ?? [];
  const ended = region.state === "live" ? null : nightLink(lastPromoted(region.spans.at(-1)[1]));
  const parents = region.parents.flatMap((parent, place) => [place ? ", " : "", regionLink(parent)]);
  const title = make("h3", { id: `title-${index}` }, make("a", { href: `#${encodeURIComponent(anchorOfRegion(index))}` }, own(region.id)));
  const about = facts([
    ["born", nightLink(bornAt(region))],
    ["from", parents.length ? make("span", {}, ...parents) : null],
    ["last lived", ended],
    ["absorbed by", region.successor === null ? null : regionLink(region.successor)],
    ["weight", number(region.weight)],
    ["radius", degrees(region.radius, 1)],
    ["concentration", number(region.concentration)],
    ["last sequence", region.last_seen],
  ]);
  const sparks = make("div", { class: "sparks" },
    spark("Share", region.shares, `c${index % DATA.n_colours}`, course(region.shares, share), rangeOf(region.shares), true),
    spark("Retention", region.retention.recall, "retention", course(region.retention.recall, recall), RECALL_RANGE));
  const article = make("article", { class: "card", id: anchorOfRegion(index), tabindex: "-1", "aria-labelledby": `title-${index}` },
    make("header", {}, swatch(index), title, chip(region.state, stateKind[region.state])),
    region.description ? make("p", { class: "description" }, own(region.description.name)) : null,
    about, sparks,
    region.description ? folded("What it is about", () => aboutTables(region)) : null,
    folded(`Ledger: ${counted(rows.length, "entry", "entries")}`, () => entryTable(`Ledger of ${region.id}`, rows, { region: region.id })),
    region.trained.length ? folded(`Trained on ${counted(region.trained.length, "night")}`, () => trainingTable(region)) : null);
  return article;
};

const startRegions = () => {
  byId("cards").append(...REGIONS.map(card));
  byId("ranges").textContent = RECALLS.length
    ? `Retention is drawn from ${recall(RECALL_RANGE[0])} to ${recall(RECALL_RANGE[1])} on every card, a share from 0 to the region's own largest.`
    : "A share is drawn from 0 to the region's own largest.";
};
