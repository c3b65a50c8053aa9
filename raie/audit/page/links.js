// Deep links: a region's card or a night's line is shown, opened and focused.
const decoded = (hash) => {
  try {
    return decodeURIComponent(hash.slice(1));
  } catch {
    return hash.slice(1);
  }
};

const reveal = (element) => {
  if (!element.hidden) return;
  byId("filters").reset();
  applyFilters();
};

const follow = (hash) => {
  const target = byId(decoded(hash));
  if (!target) return;
  document.querySelector(".target")?.classList.remove("target");
  const place = NIGHTS.findIndex((_, each) => anchorOfNight(each) === target.id);
  if (place >= 0) {
    const night = nightElement(place);
    choose(place);
    reveal(night);
    night.open = true;
    night.classList.add("target");
    target.scrollIntoView();
    target.focus({ preventScroll: true });
  } else if (target.classList.contains("card")) {
    reveal(target);
    target.classList.add("target");
    target.scrollIntoView();
    target.focus({ preventScroll: true });
  }
};

const startLinks = () => {
  window.addEventListener("hashchange", () => follow(location.hash));
  // the same link again changes no hash
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (link && link.getAttribute("href") === location.hash) follow(location.hash);
  });
  if (location.hash) follow(location.hash);
};
