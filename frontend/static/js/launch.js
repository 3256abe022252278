// The button of a launch says on how much: "Launch DPO on 4,812 pairs", "Judge 4,025 pairs, about $70".
const form = document.querySelector("[data-launch]");
const words = form.querySelector("[data-launch-words]");
const budget = form.elements.budget;

form.addEventListener("change", ({ target }) => target.name.startsWith("input_") && sayWhatIsChosen());

function sayWhatIsChosen() {
  const inputs = "[name^=input_]:not([name^=input_train_])";
  const said = [...form.querySelectorAll(inputs)].map((one) => one.selectedOptions[0]?.dataset.says);
  const says = said.find(Boolean);
  words.textContent = says ? `${form.dataset.launch} ${says}` : form.dataset.alone;
}

// A budget that nobody chose follows the forecast, unless the project has one: the empty field shows it.
let proposed = budget?.placeholder || Number(budget?.value) ? null : budget?.value;
document.addEventListener("htmx:afterSwap", ({ target }) => {
  if (target.id !== "forecast") return;
  const found = target.querySelector("template[data-act]");
  words.closest("button").disabled = found?.dataset.act === "";
  // Without a forecast nobody knows how many pairs there are: the run itself counts them.
  if (!found) return sayWhatIsChosen();
  words.textContent = found.dataset.act || "Nothing to judge";
  if (budget.value === proposed) budget.value = proposed = found.dataset.budget || "0";
});
