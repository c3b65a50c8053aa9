// The chosen night, on every chart at once.
const MAPS = DATA.maps.map((map) => ({ ...map, frame: DATA.frames[`map${map.generation}`] }));
const CURSORS = ["lineage", "operations", "quality"];

const lastLived = (xs, step) => {
  while (step >= 0 && xs[step] === null) step -= 1;
  return step;
};

// Position on the drawing, with the way from where the region began drawn longer by `magnify`.
const spot = (map, [xs, ys], step, magnify) => {
  const first = xs.findIndex((x) => x !== null);
  const [x, y] = [xs, ys].map((axis) => axis[first] + magnify * (axis[step] - axis[first]));
  return [map.frame.x0 + map.frame.dx * x, map.frame.y0 + map.frame.dy * y];
};

const shareAt = (region, place) => region.shares[place - bornAt(region)] ?? 0;

const placeRegion = (map, number, path, place) => {
  const name = (part) => byId(`map${map.generation}-${part}-${number}`);
  const region = REGIONS[number];
  const first = path[0].findIndex((x) => x !== null);
  const step = place - map.first;
  const lives = step >= 0 && path[0][step] !== null && path[0][step] !== undefined;
  for (const part of ["now", "label", "trail"]) name(part)?.classList.toggle("gone", !lives);
  name("then")?.classList.toggle("gone", first > step);
  if (!lives) return;
  const drawn = lastLived(path[0], path[0].length - 1);
  const [fromX, fromY] = spot(map, path, drawn, 1);
  const [x, y] = spot(map, path, step, state.magnify);
  const size = Math.sqrt(shareAt(region, place) / (shareAt(region, map.first + drawn) || 1));
  name("now").style.transform = `translate(${x}px, ${y}px) scale(${size}) translate(${-fromX}px, ${-fromY}px)`;
  const lift = (1 - size) * DATA.largest_circle * map.frame.dx * Math.sqrt(shareAt(region, map.first + drawn));
  const label = name("label");
  if (label) label.style.transform = `translate(${x - fromX}px, ${y - fromY + lift}px)`;
  const way = [];
  for (let at = first; at <= step; at += 1) if (path[0][at] !== null) way.push(spot(map, path, at, state.magnify).map((each) => each.toFixed(2)).join(" "));
  const trail = name("trail");
  trail.classList.toggle("gone", new Set(way).size < 2);
  trail.querySelector("path").setAttribute("d", `M${way.join("L")}`);
};

const mapInForce = () => MAPS.find((map) => map.generation === NIGHTS[state.place].space) ?? MAPS[0];
const turnedAt = (number) => mapInForce().turned[number]?.[state.place - mapInForce().first] ?? null;

const showMap = () => {
  const shown = mapInForce();
  for (const box of document.querySelectorAll(".map")) box.hidden = Number(box.dataset.generation) !== shown.generation;
  for (const [number, path] of Object.entries(shown.paths)) placeRegion(shown, Number(number), path, state.place);
};

const showCursors = () => {
  for (const name of CURSORS) {
    const way = DATA.frames[name].dx * (state.place - LAST);
    for (const id of [`${name}-cursor`, `${name}-cursor-2`]) {
      const cursor = byId(id);
      if (cursor) cursor.style.transform = `translate(${way}px, 0)`;
    }
  }
};

const showNumbers = () => {
  const night = NIGHTS[state.place];
  const place = `Night ${state.place + 1} of ${LAST + 1}`;
  byId("chosen").textContent = night.id;
  byId("chosen-line").textContent = night.refused
    ? `${place}: refused. ${cameIn(night)}edits discarded. Below is the champion's, unchanged.`
    : `${place}, ${night.kind}: ${restoredSaid(state.place) ?? sequencesSaid(state.place)}.`;
  byId("chosen-numbers").textContent =
    `${night.id}: retention ${recall(night.heldout_recall)}, ` +
    (night.forward_recall === null ? "" : `what arrived ${recall(night.forward_recall)} (${recall(night.forward_base_recall)} without adapters), `) +
    `centers turned ${degrees(night.drift, 3)}; ` +
    (restoredSaid(state.place) ?? sequencesSaid(state.place));
  const living = REGIONS.map((region, index) => [region, index]).filter(([region]) => livesAt(region, state.place));
  living.sort(([a], [b]) => shareAt(b, state.place) - shareAt(a, state.place));
  const rows = living.map(([region, index]) => [
    [swatch(index), regionLink(region.id)],
    share(shareAt(region, state.place)),
    degrees(turnedAt(index)),
    recall(region.retention.recall[lastPromoted(state.place) - bornAt(region)]),
  ]);
  byId("chosen-regions").replaceChildren(table(night.refused ? "The champion's regions, unchanged" : "Regions on the chosen night", [[night.refused ? "champion's" : "region"], ["share", "n"], ["turned", "n"], ["retention", "n"]], rows));
};

const choose = (place) => {
  state.place = Math.min(Math.max(place, 0), LAST);
  const slider = byId("place");
  slider.value = String(state.place);
  slider.setAttribute("aria-valuetext", NIGHTS[state.place].id);
  byId("earlier").disabled = state.place === 0;
  byId("later").disabled = state.place === LAST;
  showMap();
  showCursors();
  showNumbers();
  document.querySelector(".night.chosen")?.classList.remove("chosen");
  nightElement(state.place)?.classList.add("chosen");
};

const chooseByClick = (name) => {
  const chart = byId(`chart-${name}`);
  chart.addEventListener("click", (event) => {
    if (event.target.closest("a")) return;
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(chart.getScreenCTM().inverse());
    choose(Math.round((at.x - DATA.frames[name].x0) / DATA.frames[name].dx));
  });
};

// Regions turn by a few degrees at most: so many times longer that the farthest way can be seen, and said so.
const FARTHEST = 60;
const MAGNIFIED = [1, 5, 10, 20];
const farthest = (map) => Math.max(...Object.values(map.paths).map((path) => {
  const first = path[0].findIndex((x) => x !== null);
  const [x, y] = spot(map, path, first, 1);
  return Math.max(...path[0].map((each, step) => (each === null ? 0 : Math.hypot(spot(map, path, step, 1)[0] - x, spot(map, path, step, 1)[1] - y))));
}));

const magnify = (times) => {
  state.magnify = times;
  byId("magnify").value = String(times);
  byId("drawn").textContent = times === 1 ? "Movement is drawn as it is." : `Movement is drawn ${times} times as long as it is, from where each region began.`;
};

const startMap = () => {
  magnify(MAGNIFIED.findLast((times) => times === 1 || times * Math.max(...MAPS.map(farthest)) <= FARTHEST));
  const slider = byId("place");
  slider.max = String(LAST);
  slider.addEventListener("input", () => choose(Number(slider.value)));
  byId("earlier").addEventListener("click", () => choose(state.place - 1));
  byId("later").addEventListener("click", () => choose(state.place + 1));
  byId("first").addEventListener("click", () => choose(0));
  byId("last").addEventListener("click", () => choose(LAST));
  byId("magnify").addEventListener("change", (event) => {
    magnify(Number(event.target.value));
    showMap();
  });
  CURSORS.forEach(chooseByClick);
};
