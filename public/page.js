// What the pages gain by script. Each of them works without.

for (const text of document.querySelectorAll('[data-without-script]')) text.hidden = true;

for (const button of document.querySelectorAll('[data-reveal]')) {
  const input = document.getElementById(button.dataset.reveal);
  const reveal = (shown) => {
    input.type = shown ? 'text' : 'password';
    button.setAttribute('aria-pressed', String(shown));
  };
  button.hidden = false;
  button.addEventListener('click', () => reveal(input.type === 'password'));
  // Sent as a password field, so that the browser neither remembers nor suggests its text.
  input.form.addEventListener('submit', () => reveal(false));
}

for (const hint of document.querySelectorAll('[data-caps-lock]')) {
  const input = document.getElementById(hint.dataset.capsLock);
  const show = (on) => {
    hint.textContent = on ? hint.dataset.text : '';
  };
  // Autofill sends key events without a key state.
  for (const type of ['keydown', 'keyup']) {
    input.addEventListener(type, (event) => show(event.getModifierState?.('CapsLock')));
  }
  input.addEventListener('blur', () => show(false));
}

// A hint only, by length and variety: neighbours like `aaa` and `123` add nothing. The server decides.
for (const hint of document.querySelectorAll('[data-strength]')) {
  const input = document.getElementById(hint.dataset.strength);
  const min = Number(hint.dataset.min);
  input.addEventListener('input', () => {
    const points = Array.from(input.value, (character) => character.codePointAt(0));
    const apart = points.filter((point, i) => i === 0 || Math.abs(point - points[i - 1]) > 1);
    const variety = new Set(apart).size;
    let strength = 'fair';
    if (points.length < min) strength = 'short';
    else if (apart.length < min * 0.6 || variety < 6) strength = 'weak';
    else if (apart.length > min + 4 && variety > 9) strength = 'strong';
    hint.textContent = points.length ? hint.dataset[strength] : '';
  });
}

document.querySelector('[data-focus]')?.focus();

// Gets "yes" where the browser can make passkeys.
for (const input of document.querySelectorAll('[data-makes-passkeys]')) {
  window.PublicKeyCredential?.isUserVerifyingPlatformAuthenticatorAvailable?.()
    .then((isAble) => {
      input.value = isAble ? 'yes' : '';
    })
    .catch(() => {});
}

// Gets "yes" where the box of that id, of another form, is ticked.
for (const input of document.querySelectorAll('form:not([data-passkey]) [data-ticked]')) {
  input.form.addEventListener('submit', () => {
    input.value = document.getElementById(input.dataset.ticked)?.checked ? 'yes' : '';
  });
}

// A second click is not a second request. Not `disabled`: that would drop the button's own value from the form.
for (const form of document.forms) {
  form.addEventListener('submit', (event) => {
    if (form.ariaBusy === 'true') event.preventDefault();
    form.ariaBusy = 'true';
    // An answer that opens an app leaves this page as it is.
    setTimeout(rest, 10_000, form);
  });
}
const rest = (form) => {
  form.ariaBusy = null;
};
// The page as it comes back from the back button's cache.
addEventListener('pageshow', () => [...document.forms].forEach(rest));

// Its button is for who has no scripts.
document.querySelector('form[data-at-once]')?.requestSubmit();
