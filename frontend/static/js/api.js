// The REST API as the pages use it. Errors are `Problem`s (RFC 9457).

const WAITS = [300, 1000, 3000];
const SIGN_IN = "/sign-in/";
// An address of the project that the page belongs to.
export const here = (path) => document.documentElement.dataset.root + path;
const PASSING = new Set([502, 503, 504]);

export class Problem extends Error {
  constructor({ status = 0, title = "No answer", detail = "", errors = [] }) {
    super(detail || title);
    Object.assign(this, { name: "Problem", status, title, detail, errors });
  }
}

// `again`: the request may be sent twice without harm (it carries an id made here), so it is retried. `keepalive`: it
// outlives its page.
export async function request(
  method,
  path,
  { body, params, signal, keepalive = false, again = method === "GET" } = {},
) {
  const address = new URL(path, location.origin);
  for (const [name, value] of Object.entries(params ?? {})) {
    if (value !== undefined && value !== null) address.searchParams.set(name, value);
  }
  const options = { method, signal, keepalive, headers: headers(method, body), body: encoded(body) };
  for (const wait of again ? WAITS : []) {
    try {
      return await once(address, options);
    } catch (error) {
      if (!passes(error)) throw error;
      await pause(wait);
    }
  }
  return once(address, options);
}

export const get = (path, options) => request("GET", path, options);
export const post = (path, body, options) => request("POST", path, { ...options, body });
export const patch = (path, body, options) => request("PATCH", path, { ...options, body });
export const put = (path, body, options) => request("PUT", path, { ...options, body });
export const remove = (path, options) => request("DELETE", path, options);

export const token = () => document.querySelector('meta[name="csrf-token"]').content;

async function once(address, options) {
  const response = await fetch(address, options);
  // A page's own address sends those who are signed out to the sign-in page, which is no answer.
  if (response.redirected && new URL(response.url).pathname.endsWith(SIGN_IN)) {
    throw new Problem({ status: 401, title: "You are signed out" });
  }
  const isJson = /\bjson\b/.test(response.headers.get("content-type") ?? "");
  const answer = isJson ? await response.json() : await response.text();
  if (!response.ok) {
    throw new Problem({ status: response.status, title: response.statusText, ...(isJson ? answer : {}) });
  }
  return answer;
}

function headers(method, body) {
  const made = { Accept: "application/json" };
  if (method !== "GET") made["X-CSRFToken"] = token();
  if (body !== undefined && !(body instanceof FormData)) made["Content-Type"] = "application/json";
  return made;
}

const encoded = (body) => (body === undefined || body instanceof FormData ? body : JSON.stringify(body));
const passes = (error) => error instanceof TypeError || (error instanceof Problem && PASSING.has(error.status));
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
