// `data-opens="id"` opens a dialog, `data-closes` closes the one it lies in; `data-confirm` asks before a form is sent:
// `data-confirm-act` names the act, `data-confirm-keep` the way out. Only a button of class `danger` is asked in red.

export function open(id) {
  const dialog = document.getElementById(id);
  if (!dialog || dialog.open) return;
  dialog.dispatchEvent(new CustomEvent("studio:opening", { bubbles: true }));
  dialog.showModal();
}

// Resolves to true when the person agrees. The buttons say what will happen and what will not.
export function confirm(question, { act = "Continue", keep = "Go back", tone = "primary" } = {}) {
  const dialog = document.createElement("dialog");
  dialog.className = "dialog";
  dialog.setAttribute("aria-label", question);
  const body = Object.assign(document.createElement("div"), { className: "body", textContent: question });
  const footer = document.createElement("footer");
  footer.append(choice(keep, "button", ""), choice(act, `button ${tone}`, "yes"));
  const form = Object.assign(document.createElement("form"), { method: "dialog" });
  form.append(body, footer);
  dialog.append(form);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((answer) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      answer(dialog.returnValue === "yes");
    });
  });
}

const choice = (words, className, value) =>
  Object.assign(document.createElement("button"), { textContent: words, className, value });

const choices = ({ classList, dataset, textContent }) => ({
  act: dataset.confirmAct ?? textContent.trim(),
  keep: dataset.confirmKeep,
  tone: classList.contains("danger") ? "danger" : "primary",
});

document.addEventListener("click", async (event) => {
  const { target } = event;
  const opener = target.closest("[data-opens]");
  if (opener) {
    opener.closest("details.menu")?.removeAttribute("open");
    open(opener.dataset.opens);
  }
  target.closest("[data-closes]")?.closest("dialog").close();
  // A click on the veil lands on the dialog itself.
  if (target instanceof HTMLDialogElement) target.close();
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(target)) menu.open = false;
  }
  const asking = target.closest("[data-confirm]");
  if (asking) {
    event.preventDefault();
    if (await confirm(asking.dataset.confirm, choices(asking))) asking.form.requestSubmit(asking);
  }
});

document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
