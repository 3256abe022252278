// A verdict counts at once, but where it is asked about first: if the person wants to confirm each one, and once for a
// pair if it came sooner than anybody reads both responses.

const CONFIRMS = "review:confirm";
// A second press answers the question only if there was time to see it. In seconds.
const SEEN_IN = 0.4;

export class Confirmation {
  chosen = null;
  #root;
  #least = 0;
  #askedAt = null;

  constructor(root) {
    this.#root = root;
    this.#button("confirming").setAttribute("aria-pressed", String(this.confirms));
  }

  start(card) {
    this.#least = Number(card?.dataset.leastSeconds ?? 0);
    this.#askedAt = null;
    this.choose(null);
  }

  // Whether the verdict counts now. Where it does not, it is marked and asked about.
  takes(verdict, seconds) {
    if (this.confirms && !same(this.chosen, verdict)) {
      this.choose(verdict);
      return false;
    }
    if (this.#askedAt !== null) return seconds - this.#askedAt >= SEEN_IN;
    if (seconds >= this.#least) return true;
    this.#askedAt = seconds;
    const took = Math.max(0.1, seconds).toFixed(1);
    this.choose(
      verdict,
      `${took} s is too short to read both. Press again to keep this verdict, or read on and choose.`,
    );
    return false;
  }

  choose(verdict, question = "") {
    this.chosen = verdict;
    this.#button("confirm").hidden = !verdict;
    this.#root.querySelector("[data-asked]").textContent = question;
    this.press(verdict);
  }

  press(verdict) {
    const { grade, bad } = verdict ?? {};
    for (const one of this.#root.querySelectorAll("[data-grade]")) {
      one.classList.toggle("is-pressed", !bad && Number(one.dataset.grade) === grade);
    }
    this.#button("bad").classList.toggle("is-pressed", Boolean(bad));
  }

  get confirms() {
    return localStorage.getItem(CONFIRMS) === "yes";
  }

  toggle() {
    localStorage.setItem(CONFIRMS, this.confirms ? "no" : "yes");
    this.#button("confirming").setAttribute("aria-pressed", String(this.confirms));
    this.choose(null);
  }

  #button = (act) => this.#root.querySelector(`[data-act="${act}"]`);
}

const same = (one, other) => one?.grade === other.grade && one?.bad === other.bad;
