// Lets a page speak with an authenticator. Each form with data-webauthn asks the site for a question, puts it to the
// authenticator, and hands in the answer. Nothing else on the pages of accounts needs a script.
const FLOWS = {
  "sign-in": ["sign-in/passkey/options", "sign-in/passkey"],
  "second-factor": ["sign-in/key/options", "sign-in/key"],
  "prove": ["prove/key/options", "prove/key"],
  "enrol": ["keys/options", "keys/add"],
  "reset": ["recover/look", "recover/password"],
};
const ADDRESSES = { "no-session": "sign-in/", "prove-again": "account/prove/", "needs-stronger-proof": "account/prove/" };
const MISHAPS = {
  NotAllowedError: "Nothing was confirmed: it was cancelled, took too long, or no matching passkey is here. Try again, or use another way.",
  InvalidStateError: "This authenticator is enrolled at your account already. Use another one, or the other passkey on it.",
  NotSupportedError: "This authenticator cannot make the kind of passkey that this site takes. Use another one.",
  ConstraintError: "This authenticator cannot verify you by PIN, fingerprint or face. Set that up on it, or use another one.",
  SecurityError: "The browser refuses passkeys at this address. Open the site at its own address.",
  TypeError: "The site did not answer. Look at your connection, then try again.",
};
let waiting = null;

class Refusal extends Error {
  constructor(problem) {
    super(problem.detail ?? "The site answered with something that is no answer. Try again in a while.");
    this.problem = problem;
  }
}

const within = (form, path) => form.dataset.root + path;

async function ask(form, deed, fields) {
  const response = await fetch(within(form, `api/v1/${deed}`), {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(fields),
  });
  const said = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refusal(said);
  return said;
}

function chosen(form, options, mediation) {
  waiting?.abort();
  waiting = new AbortController();
  const signal = waiting.signal;
  if (form.dataset.webauthn === "enrol") {
    return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options), signal });
  }
  return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options), signal, mediation });
}

async function run(form, mediation) {
  const [begin, finish] = FLOWS[form.dataset.webauthn];
  const { next = "", ...fields } = Object.fromEntries(new FormData(form));
  const { options, ticket } = await ask(form, begin, fields.link ? { link: fields.link } : {});
  // A passkey that the browser offers in the field of the name is asked for as long as the page is open.
  const credential = await chosen(form, options, mediation);
  const own = form.dataset.webauthn === "sign-in" ? {} : fields;
  const answer = { ...own, ...(ticket ? { ticket } : {}), credential: credential.toJSON() };
  const { go = "", factors, must_change } = await ask(form, finish, answer);
  const after = next ? `?next=${encodeURIComponent(next)}` : "";
  location.assign(within(form, factors ? go + after : must_change ? go : next || go));
}

function complain(form, error) {
  if (error.name === "AbortError") return;
  const { code, principle } = error.problem ?? {};
  if (code in ADDRESSES && form.dataset.webauthn !== "prove") {
    const here = form.dataset.here || "account/security/";
    location.assign(within(form, `${ADDRESSES[code]}?next=${encodeURIComponent(here)}`));
    return;
  }
  const words = error instanceof Refusal ? error.message : MISHAPS[error.name] ?? `The browser says: ${error.message}`;
  const place = form.querySelector("[role=alert]");
  place.textContent = principle ? `${words} (${principle})` : words;
}

// What keeps passkeys from working here, in words, and the address at which they would; nothing when they work.
function obstacle({ origin }) {
  if (origin && origin !== location.origin) {
    return [`Passkeys of this site work at ${origin} alone, and this page was opened at ${location.origin}.`, origin + location.pathname];
  }
  if (!window.isSecureContext) return ["Passkeys need an encrypted connection. Open this site by https to use them."];
  if (!window.PublicKeyCredential?.parseRequestOptionsFromJSON) {
    return ["This browser knows no passkeys, or is too old for them. Use a newer one, or another way to confirm who you are."];
  }
  return [];
}

function explain(place, words, address) {
  place.className = "without";
  place.textContent = words;
  if (!address) return;
  const link = document.createElement("a");
  link.href = address;
  link.textContent = "Open it there";
  place.append(" ", link, ".");
}

async function offer(form) {
  const available = await PublicKeyCredential.isConditionalMediationAvailable?.();
  if (available) await run(form, "conditional");
}

for (const form of document.querySelectorAll("form[data-webauthn]")) {
  const button = form.querySelector("button[type=submit]"), without = form.querySelector(".without");
  const [words, address] = obstacle(form.dataset);
  if (words) {
    explain(without, words, address);
    continue;
  }
  without.hidden = true;
  button.hidden = button.disabled = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    form.querySelector("[role=alert]").textContent = "";
    button.disabled = true;
    await run(form).catch((error) => complain(form, error));
    button.disabled = false;
  });
  if (form.dataset.webauthn === "sign-in") {
    offer(form).catch((error) => { if (error.problem?.code) complain(form, error); });
  }
}
