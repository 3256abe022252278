// Compare, live: what is asked goes to every column at once, and each goes on from its own answers.
import "./submit_on_change.js";
import { ask } from "./chat.js";

const area = document.querySelector("[data-live]");
if (area) begin();

function begin() {
  const columns = [...area.querySelectorAll("[data-column]")].map(({ dataset }) => ({ ...dataset, messages: [] }));
  const form = area.querySelector("[data-composer]");
  const [send, stop, afresh] = ["send", "stop", "afresh"].map((name) => form.querySelector(`[data-${name}]`));
  const turns = area.querySelector("[data-turns]");
  const empty = area.querySelector("[data-begin]");
  let stopping;

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const words = form.ask.value.trim();
    if (!words || stopping) return;
    stopping = new AbortController();
    form.ask.value = "";
    empty.remove();
    busy(true);
    const settings = read(form);
    const replies = turn(turns, words, columns);
    await Promise.all(
      columns.map((column, number) => answer(column, words, replies[number], settings, stopping.signal)),
    );
    stopping = undefined;
    busy(false);
    form.ask.focus();
  });
  form.ask.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    if (event.key === "Escape") stopping?.abort();
  });
  stop.addEventListener("click", () => stopping?.abort());
  afresh.addEventListener("click", () => {
    for (const column of columns) column.messages = [];
    turns.replaceChildren(empty);
    afresh.hidden = true;
  });

  function busy(on) {
    stop.hidden = !on;
    send.hidden = on;
    afresh.hidden = on;
  }
}

function read(form) {
  const { temperature, max_tokens, seed, score_with } = Object.fromEntries(new FormData(form));
  return {
    temperature: Number(temperature),
    max_tokens: Number(max_tokens),
    seed: Number(seed),
    score_with: score_with ? Number(score_with) : null,
  };
}

// The asked words over a row of empty replies, which are returned.
function turn(turns, words, columns) {
  const asked = element("div", "turn-asked", words);
  asked.dir = "auto";
  const row = element("div", "answers");
  const replies = columns.map(({ tone, name }) => {
    const reply = element("section", `reply ${tone}`);
    reply.setAttribute("aria-label", name);
    const prose = element("div", "prose compact");
    prose.dir = "auto";
    reply.append(prose, element("footer", ""));
    row.append(reply);
    return reply;
  });
  turns.append(asked, row);
  follow(true);
  return replies;
}

async function answer(column, words, reply, settings, signal) {
  const [prose, footer] = [reply.querySelector(".prose"), reply.querySelector("footer")];
  if (!column.at) return refuse(reply, "A published model: its answers are stored, its weights are not here.");
  const messages = [...column.messages, { role: "user", content: words }];
  const state = { text: "", pieces: 0, began: performance.now(), first: null };
  reply.classList.add("is-writing");
  const waiting = setTimeout(() => footer.append("The model is being loaded …"), 1500);
  const onPiece = (text) => {
    clearTimeout(waiting);
    const atEnd = isAtEnd();
    state.first ??= performance.now();
    state.pieces += 1;
    state.text += text;
    prose.append(text);
    footer.replaceChildren(...facts(state));
    follow(atEnd);
  };
  try {
    const { score } = await ask(column.at, { ...settings, messages }, { onPiece, signal });
    footer.replaceChildren(
      ...facts(state),
      ...(score === null ? [] : [element("span", "strong", `score ${score.toFixed(2)}`)]),
    );
  } catch (error) {
    if (error.name === "AbortError") footer.replaceChildren(...facts(state), element("span", "", "stopped"));
    else refuse(reply, error.message);
  } finally {
    clearTimeout(waiting);
    reply.classList.remove("is-writing");
  }
  // What was written so far is the model's turn, also where it was stopped.
  if (state.text) column.messages = [...messages, { role: "assistant", content: state.text }];
}

// The newest words stay in sight unless one has scrolled up to read.
const isAtEnd = () => innerHeight + scrollY >= document.documentElement.scrollHeight - 24;
function follow(wanted) {
  if (wanted) scrollTo({ top: document.documentElement.scrollHeight });
}

function facts({ pieces, began, first }) {
  const waited = first - began;
  const seconds = (performance.now() - first) / 1000;
  const rate = pieces > 1 && seconds > 0.05 ? [`${((pieces - 1) / seconds).toFixed(1)} pieces/s`] : [];
  if (first === null) return [];
  return [
    `first after ${waited < 950 ? `${Math.round(waited)} ms` : `${(waited / 1000).toFixed(1)} s`}`,
    ...rate,
    `${pieces} pieces`,
  ].map((words) => element("span", "", words));
}

function refuse(reply, words) {
  const said = element("p", "refused", words);
  said.setAttribute("role", "alert");
  reply.append(said);
}

function element(name, className, words = "") {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = words;
  return made;
}
