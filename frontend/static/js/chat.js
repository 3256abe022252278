// One checkpoint's answer as it is written: POST, then server-sent events in the body of the response.
import { Problem, token } from "./api.js";

// `onPiece` hears every piece of text. Resolves to {seconds, first_piece_seconds, score}; rejects with a Problem, or an
// AbortError where `signal` stopped it.
export async function ask(address, body, { onPiece, signal }) {
  const headers = { "Content-Type": "application/json", "X-CSRFToken": token() };
  const response = await fetch(address, { method: "POST", headers, body: JSON.stringify(body), signal });
  if (!response.ok) throw new Problem({ status: response.status, ...(await response.json().catch(() => ({}))) });
  for await (const [name, data] of events(response.body)) {
    if (name === "piece") onPiece(data.text);
    if (name === "error") throw new Problem({ detail: data.detail });
    if (name === "end") return data;
  }
  throw new Problem({ detail: "The answer broke off. Is the studio still running?" });
}

// [name, parsed data] of each event. A chunk of the network may end anywhere, even within a character.
export async function* events(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) yield parsed(block);
  }
}

function parsed(block) {
  const fields = Object.fromEntries(
    block.split("\n").map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]),
  );
  return [fields.event ?? "message", JSON.parse(fields.data)];
}
