// A and B scroll together by paragraphs: the third paragraph of the one stands beside the third of the other, and both
// reach their ends at the same time however long they are.

export class Scrolling {
  #panes = [];
  #locked = localStorage.getItem("review:lock") !== "no";
  #following = null;

  watch(card) {
    for (const pane of this.#panes) pane.removeEventListener("scroll", this.#follow);
    this.#panes = card ? [...card.querySelectorAll(".pane")] : [];
    for (const pane of this.#panes) pane.addEventListener("scroll", this.#follow, { passive: true });
  }

  toggle() {
    this.#locked = !this.#locked;
    localStorage.setItem("review:lock", this.#locked ? "yes" : "no");
    return this.#locked;
  }

  get locked() {
    return this.#locked;
  }

  // `share` of a pane's height; the longer one leads.
  by(share) {
    const leading = this.#panes.toSorted((one, other) => room(other) - room(one))[0];
    for (const pane of this.#locked ? [leading] : this.#panes) pane?.scrollBy({ top: share * pane.clientHeight });
  }

  #follow = ({ target }) => {
    if (!this.#locked) return;
    if (target === this.#following) {
      this.#following = null;
      return;
    }
    const other = this.#panes.find((pane) => pane !== target);
    const to = Math.round(placeOf(other, fractionOf(target)));
    if (Math.abs(other.scrollTop - to) < 1) return;
    this.#following = other;
    other.scrollTop = to;
  };
}

const room = (pane) => pane.scrollHeight - pane.clientHeight;

// Where each paragraph begins, and where the last one ends.
function marks(pane) {
  const top = pane.getBoundingClientRect().top - pane.scrollTop;
  const starts = [...pane.querySelectorAll(".prose > :not(template)")].map((block) =>
    block.getBoundingClientRect().top - top
  );
  return [0, ...starts.slice(1), pane.scrollHeight];
}

// How far a pane has been read, in [0, 1]: the line being read moves from its top edge to its bottom edge on the way.
function fractionOf(pane) {
  const reading = room(pane) ? (pane.scrollTop * pane.scrollHeight) / room(pane) : 0;
  const edges = marks(pane);
  const at = Math.max(0, edges.findLastIndex((edge) => edge <= reading));
  const next = edges[at + 1] ?? edges[at];
  const within = next > edges[at] ? (reading - edges[at]) / (next - edges[at]) : 0;
  return Math.min(1, (at + within) / (edges.length - 1));
}

function placeOf(pane, fraction) {
  const edges = marks(pane);
  const along = fraction * (edges.length - 1);
  const at = Math.min(Math.floor(along), edges.length - 2);
  const reading = edges[at] + (along - at) * (edges[at + 1] - edges[at]);
  return (reading * room(pane)) / pane.scrollHeight;
}
