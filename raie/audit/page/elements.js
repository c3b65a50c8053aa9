// Elements are made of nodes, never of markup: what comes from data is text and stays text.
const byId = (id) => document.getElementById(id);

const fill = (element, attributes, children) => {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
};
const make = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);
const draw = (tag, attributes = {}, ...children) =>
  fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);

// Isolated, so that text written from right to left turns nothing around it.
const own = (text) => make("bdi", {}, text);
const swatch = (number) => make("span", { class: `swatch c${number % DATA.n_colours}`, "aria-hidden": "true" });
const regionLink = (name) => {
  const number = NUMBER_OF.get(name);
  return number === undefined ? own(name) : make("a", { href: `#${encodeURIComponent(anchorOfRegion(number))}` }, own(name));
};
const nightLink = (place) => make("a", { href: `#${anchorOfNight(place)}` }, NIGHTS[place].id);
const chip = (text, kind = "") => make("span", { class: `chip ${kind}` }, text);
const facts = (pairs) =>
  make("dl", {}, ...pairs.filter(([, value]) => value !== null).map(([name, value]) =>
    make("div", {}, make("dt", {}, name), make("dd", {}, value))));

// Columns: [title, kind] with kind "n" for numbers and "long" for running text.
const table = (label, columns, rows) => {
  const head = columns.map(([title, kind]) => make("th", { scope: "col", class: kind }, title));
  const lines = rows.map((cells) => make("tr", {}, ...cells.map((cell, column) =>
    make(column ? "td" : "th", { class: columns[column][1], scope: column ? null : "row" }, ...[cell].flat()))));
  const whole = make("table", {}, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...lines));
  return make("div", { class: "scroll", role: "region", "aria-label": label, tabindex: "0" }, whole);
};

// A folded part, made when it is first opened.
const folded = (title, content, attributes = {}) => {
  const details = make("details", attributes, make("summary", {}, ...[title].flat()));
  details.addEventListener("toggle", () => {
    if (details.open && details.childElementCount === 1) details.append(content());
  });
  return details;
};
