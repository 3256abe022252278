// A leaderboard: with a row under the pointer or the focus, `a` and `b` set the two that are compared.
const board = document.querySelector("[data-board]");
const chosen = {};

function row() {
  return document.activeElement?.closest("[data-board] tbody tr") ?? board.querySelector("tbody tr:hover");
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input:not([type=checkbox]), select, textarea")) return;
  const here = ["a", "b"].includes(event.key) && board ? row() : null;
  if (!here) return;
  event.preventDefault();
  board.querySelector(`tr.is-${event.key}`)?.classList.remove(`is-${event.key}`);
  here.classList.add(`is-${event.key}`);
  chosen[event.key] = here.querySelector("[data-row]").value;
  if (chosen.a && chosen.b && chosen.a !== chosen.b) location.assign(`${board.action}?a=${chosen.a}&b=${chosen.b}`);
});
