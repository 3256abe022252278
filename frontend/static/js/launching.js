// The button of a launch says on how much: "Launch DPO on 4,812 pairs", "Judge 4,025 pairs, about $70".
const form = document.querySelector("[data-launch]");
const words = form.querySelector("[data-launch-words]");
const budget = form.elements.budget;

form.addEventListener("change", ({ target }) => {
  const says = target.selectedOptions?.[0]?.dataset.says;
  if (target.name.startsWith("input_")) words.textContent = says ? `${form.dataset.launch} ${says}` : form.dataset.alone;
});

// A budget that nobody chose follows the forecast.
let proposed = Number(budget?.value) ? null : budget?.value;
document.addEventListener("htmx:afterSwap", ({ target }) => {
  const found = target.id === "forecast" && target.querySelector("template[data-act]");
  if (!found) return;
  words.textContent = found.dataset.act || "Nothing to judge";
  words.closest("button").disabled = !found.dataset.act;
  if (budget.value === proposed) budget.value = proposed = found.dataset.budget || "0";
});
