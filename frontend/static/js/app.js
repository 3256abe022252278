// What every page has. Each module listens on the document, so content that comes later works too.
import "./theme.js";
import "./dialogs.js";
import "./keys.js";
import "./palette.js";
import "./tips.js";
import "./times.js";
import "./clipboard.js";
import "./row_selection.js";
import "./raw.js";
import { toast } from "./toast.js";

document.addEventListener("htmx:responseError", ({ detail }) => {
  toast(`The server answered ${detail.xhr.status}. Reload the page and try again.`, { tone: "bad" });
});
