// Passkeys on our pages (WebAuthn Level 3). What a page has to carry:
//
// <form hidden method="post" action="…" data-passkey="get" data-options="{…}">   shown where the browser has WebAuthn
//   <input type="hidden" name="credential">   filled with the answer, then the form is sent
//   <input type="hidden" name="remember" data-ticked="id">   gets "yes" where the box of that id, of another form, is ticked
//   <button>…</button>                        asks the user
//   <p role="alert" data-passkey-message hidden></p>   says what went wrong
// </form>
//
// data-passkey     "get" to sign in, "create" for a new one.
// data-options     the server's options, as JSON.
// data-mediation   "conditional": no need to press the button. "get" offers passkeys in the autofill of a field with
//                  autocomplete="username webauthn", "create" makes one where the browser does so without asking.
// data-renew       address of new options, for pages that are open longer than a challenge lives.
// data-cancelled, data-known, data-failed   the texts: dismissed or too late; there is one here already; all else.
// data-passkey-missing   on any element: shown until it is clear that the browser has WebAuthn.
// data-signal      on any element: calls of the Signal API, as JSON: arguments by name.

const WebAuthn = window.PublicKeyCredential;
/** Milliseconds; a challenge lives for five minutes. */
const FRESH_FOR = 240_000;

const toBytes = (text) =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));
const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');

function parseOptions(kind, json) {
  const native = kind === 'get' ? 'parseRequestOptionsFromJSON' : 'parseCreationOptionsFromJSON';
  if (WebAuthn[native]) return WebAuthn[native](json);
  const withId = (entry) => ({ ...entry, id: toBytes(entry.id) });
  return {
    ...json,
    challenge: toBytes(json.challenge),
    ...(json.user && { user: withId(json.user) }),
    allowCredentials: json.allowCredentials?.map(withId),
    excludeCredentials: json.excludeCredentials?.map(withId),
  };
}

function serialize(credential) {
  try {
    return JSON.stringify(credential.toJSON());
  } catch {
    // Older browsers, and password managers that put objects of their own in its place.
  }
  const { id, type, response } = credential;
  const fields = { transports: response.getTransports?.() };
  for (const name of ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle']) {
    if (response[name]) fields[name] = toText(response[name]);
  }
  return JSON.stringify({ id, rawId: id, type, response: fields, clientExtensionResults: {} });
}

const canWait = async (kind) =>
  kind === 'get'
    ? WebAuthn.isConditionalMediationAvailable?.()
    : (await WebAuthn.getClientCapabilities?.())?.conditionalCreate;

/** The request that waits for the user: a browser has one at a time. */
let pending;

function enhance(form) {
  const { passkey: kind, mediation, renew } = form.dataset;
  const message = form.querySelector('[data-passkey-message]');
  let optionsFrom = Date.now();
  let isAsking = false;

  function say(text = '') {
    if (!message) return;
    message.textContent = text;
    message.hidden = !text;
  }

  async function options() {
    if (renew && Date.now() - optionsFrom > FRESH_FOR) {
      const answer = await fetch(renew);
      if (answer.ok) {
        form.dataset.options = await answer.text();
        optionsFrom = Date.now();
      }
    }
    return parseOptions(kind, JSON.parse(form.dataset.options));
  }

  async function run(mediated) {
    pending?.abort();
    const request = new AbortController();
    pending = request;
    const publicKey = await options();
    const credential = await navigator.credentials[kind]({ publicKey, mediation: mediated, signal: request.signal });
    form.elements.credential.value = serialize(credential);
    for (const input of form.querySelectorAll('[data-ticked]'))
      input.value = document.getElementById(input.dataset.ticked)?.checked ? 'yes' : '';
    // Who comes back to this page needs another challenge.
    optionsFrom = 0;
    form.submit();
  }

  async function wait() {
    if (mediation !== 'conditional' || !(await canWait(kind)) || isAsking) return;
    const renewal = renew && setTimeout(wait, FRESH_FOR + 1);
    // Whatever becomes of it: the user has not asked for it, and has the button.
    await run('conditional').catch(() => clearTimeout(renewal));
  }

  async function ask() {
    if (isAsking) return;
    isAsking = true;
    say();
    const error = await run().catch((reason) => reason);
    isAsking = false;
    if (!error) return;
    const { cancelled, known, failed } = form.dataset;
    say({ AbortError: '', NotAllowedError: cancelled, InvalidStateError: known }[error.name] ?? failed);
    // As page.js marks a form that is on its way.
    form.ariaBusy = null;
    wait();
  }

  form.hidden = false;
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    ask();
  });
  wait();
}

if (WebAuthn) {
  for (const element of document.querySelectorAll('[data-passkey-missing]')) element.hidden = true;
  document.querySelectorAll('form[data-passkey]').forEach(enhance);
  for (const { dataset } of document.querySelectorAll('[data-signal]')) {
    for (const [name, args] of Object.entries(JSON.parse(dataset.signal))) WebAuthn[name]?.(args).catch(() => {});
  }
} else {
  for (const form of document.querySelectorAll('form[data-passkey]')) form.hidden = true;
}
