// Chosen rows: `input[data-row]` in a `[data-choosing]` area, `input[data-all]` in its head, and a `.bulk` bar with
// `<output>` for their number. The inputs are ordinary form fields, so the bar's buttons send them.

function renew(area) {
  const rows = [...area.querySelectorAll("input[data-row]")];
  const chosen = rows.filter((row) => row.checked);
  const bar = area.querySelector(".bulk");
  const all = area.querySelector("input[data-all]");
  if (all) {
    all.checked = rows.length > 0 && chosen.length === rows.length;
    all.indeterminate = chosen.length > 0 && chosen.length < rows.length;
  }
  if (!bar) return;
  bar.hidden = chosen.length === 0;
  bar.querySelector("output").textContent = chosen.length;
}

// With Shift, everything from the row that was pressed last.
let last = null;
function range(area, row) {
  const rows = [...area.querySelectorAll("input[data-row]")];
  const [from, to] = [rows.indexOf(last), rows.indexOf(row)].sort((one, other) => one - other);
  if (from >= 0) { for (const between of rows.slice(from, to)) between.checked = row.checked; }
}

document.addEventListener("click", ({ target, shiftKey }) => {
  const area = target.closest("[data-choosing]");
  if (!area || !target.matches("input[data-row], input[data-all], [data-choose-none]")) return;
  if (target.matches("[data-all], [data-choose-none]")) {
    for (const row of area.querySelectorAll("input[data-row]")) row.checked = Boolean(target.checked);
  } else {
    if (shiftKey) range(area, target);
    last = target;
  }
  renew(area);
});
document.addEventListener(
  "htmx:load",
  ({ target }) => target.closest?.("[data-choosing]") && renew(target.closest("[data-choosing]")),
);
for (const area of document.querySelectorAll("[data-choosing]")) renew(area);
