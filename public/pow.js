// Work that a page asks of the browser when many guesses come in: hardly felt by one person, dear for thousands of tries.

/** The cube and square roots of the first primes: the constants of SHA-256 (FIPS 180-4 4.2.2, 5.3.3). */
const K = [];
const H = [];
for (let n = 2, primes = []; K.length < 64; n += 1) {
  if (primes.some((prime) => n % prime === 0)) continue;
  primes.push(n);
  K.push((n ** (1 / 3) * 2 ** 32) | 0);
  if (H.length < 8) H.push((n ** (1 / 2) * 2 ** 32) | 0);
}
const W = new Int32Array(64);
const rotated = (x, by) => (x >>> by) | (x << (32 - by));

/** The first 32 bits of SHA-256 of at most 55 ASCII characters. Not crypto.subtle: that is for https only, and slower for so little. */
function firstWord(text) {
  W.fill(0, 0, 16);
  for (let i = 0; i < text.length; i += 1) W[i >> 2] |= text.charCodeAt(i) << (24 - (i & 3) * 8);
  W[text.length >> 2] |= 0x80 << (24 - (text.length & 3) * 8);
  W[15] = text.length * 8;
  for (let i = 16; i < 64; i += 1) {
    const [a, b] = [W[i - 15], W[i - 2]];
    W[i] =
      W[i - 16] +
      W[i - 7] +
      (rotated(a, 7) ^ rotated(a, 18) ^ (a >>> 3)) +
      (rotated(b, 17) ^ rotated(b, 19) ^ (b >>> 10));
  }
  let [a, b, c, d, e, f, g, h] = H;
  for (let i = 0; i < 64; i += 1) {
    const one = (h + (rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + W[i]) | 0;
    const two = (rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
  }
  return (H[0] + a) | 0;
}

/** The number with which the hash begins with `bits` zeros; the page stays alive meanwhile. */
export async function solve(salt, bits) {
  for (let solution = 0; ; ) {
    for (const end = performance.now() + 16; performance.now() < end; ) {
      for (let i = 0; i < 100; i += 1, solution += 1) {
        if (Math.clz32(firstWord(`${salt}:${solution}`)) >= bits) return String(solution);
      }
    }
    await new Promise((rest) => setTimeout(rest));
  }
}

// <input type="hidden" name="solution" data-salt data-bits data-status="id of a text that says so">
for (const input of globalThis.document?.querySelectorAll('input[data-salt]') ?? []) {
  const { salt, bits, status } = input.dataset;
  const solved = solve(salt, Number(bits)).then((solution) => {
    input.value = solution;
  });
  let isWaiting = false;
  const wait = (event) => {
    if (input.value) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (isWaiting) return;
    isWaiting = true;
    const text = document.getElementById(status);
    if (text) text.hidden = false;
    solved.then(() => {
      if (text) text.hidden = true;
      input.form.requestSubmit(event.submitter);
    });
  };
  // Before the listeners of page.js, which take a submit for done.
  input.form.addEventListener('submit', wait, { capture: true });
}
