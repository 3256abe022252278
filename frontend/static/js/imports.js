// A file field shows that a file may be dropped on it; the browser itself takes the file.

const over = (field, is) => field.classList.toggle("is-over", is);

for (const field of document.querySelectorAll('input[type="file"]')) {
  field.addEventListener("dragover", () => over(field, true));
  field.addEventListener("dragleave", () => over(field, false));
  field.addEventListener("drop", () => over(field, false));
}
