// The button of a launch says on how much: "Launch DPO on 4,812 pairs".
const form = document.querySelector("[data-launch]");
const words = form.querySelector("[data-launch-words]");

form.addEventListener("change", ({ target }) => {
  const says = target.selectedOptions?.[0]?.dataset.says;
  if (target.name.startsWith("input_")) words.textContent = says ? `${form.dataset.launch} ${says}` : form.dataset.alone;
});
