startRegions();
startNights();
startMap();
startFilters();
showLedger();
choose(LAST);
for (const box of document.querySelectorAll(".newest")) box.scrollLeft = box.scrollWidth;
startLinks();
