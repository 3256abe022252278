// A leaderboard: with a row under the pointer or the focus, `a` and `b` set the two that are compared.
import { combinations } from "./keys.js";

const board = document.querySelector("[data-board]");
const chosen = {};

function row() {
  return document.activeElement?.closest("[data-board] tbody tr") ?? board.querySelector("tbody tr:hover");
}

document.addEventListener("keydown", (event) => {
  if (event.target.matches("input:not([type=checkbox]), select, textarea")) return;
  const letter = combinations(event).find((keys) => ["a", "b"].includes(keys));
  const here = letter && board ? row() : null;
  if (!here) return;
  event.preventDefault();
  board.querySelector(`tr.is-${letter}`)?.classList.remove(`is-${letter}`);
  here.classList.add(`is-${letter}`);
  chosen[letter] = here.querySelector("[data-row]").value;
  if (chosen.a && chosen.b && chosen.a !== chosen.b) location.assign(`${board.action}?a=${chosen.a}&b=${chosen.b}`);
});
