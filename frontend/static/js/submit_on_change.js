// A choice that is a form of its own: a select or a box with `data-submits` sends its form when it changes.
document.addEventListener("change", ({ target }) => {
  if (target.matches("select[data-submits], input[data-submits]")) target.form.requestSubmit();
});
