// A choice that is a form of its own: `select[data-submits]` sends its form when it changes.
document.addEventListener("change", ({ target }) => {
  if (target.matches("select[data-submits]")) target.form.requestSubmit();
});
