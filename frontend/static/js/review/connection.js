// What keeps the page from the studio, in words, with what the person can do. What was judged is safe meanwhile.
import { Problem } from "../api.js";

export class Connection {
  #problems = new Map();
  #unsent = 0;

  constructor(root, onRetry) {
    this.box = root.querySelector("[data-cut-off]");
    this.box.querySelector("[data-retry]").addEventListener("click", onRetry);
    this.box.querySelector("[data-reload]").addEventListener("click", () => location.reload());
  }

  // `what` is "sending" or "fetching": each has its own state.
  failed(what, error) {
    this.#problems.set(what, kindOf(error));
    this.#draw();
  }

  reached(what) {
    if (this.#problems.delete(what)) this.#draw();
  }

  waiting(unsent) {
    this.#unsent = unsent;
    this.#draw();
  }

  #draw() {
    const kind = this.#problems.get("sending") ?? this.#problems.get("fetching");
    this.box.hidden = !kind;
    if (!kind) return;
    const kept = this.#unsent
      ? `What you judged is kept on this computer: ${this.#unsent} not sent yet.`
      : "Nothing is lost.";
    this.box.querySelector("[data-words]").textContent = `${kind.words} ${kept} ${kind.remedy}`;
    for (const act of ["sign-in", "retry", "reload"]) this.box.querySelector(`[data-${act}]`).hidden = act !== kind.act;
  }
}

function kindOf(error) {
  if (!(error instanceof Problem)) {
    return {
      words: "You are offline.",
      remedy: "You can go on with the pairs that are here. Everything is sent when the network is back.",
      act: "retry",
    };
  }
  if (error.status === 401) {
    return { words: "You are signed out.", remedy: "Sign in again to send it.", act: "sign-in" };
  }
  if (error.status === 403) {
    return {
      words: "This page is out of date: you signed in again elsewhere, or your role changed.",
      remedy: "Reload it.",
      act: "reload",
    };
  }
  return {
    words: `The studio has a problem (${error.status}).`,
    remedy: "This page tries again by itself.",
    act: "retry",
  };
}

// Why a pair could not be opened.
export function why(error) {
  if (!(error instanceof Problem)) return "You are offline. Try again when the network is back.";
  if (error.status === 401) return "You are signed out. Sign in again.";
  if (error.status === 403) return "Somebody else judges it now.";
  return `The server says: ${error.message.replace(/\.$/, "")}.`;
}
