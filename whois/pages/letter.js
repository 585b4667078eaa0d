// Solves the letter form's challenge before the form is sent: a number such that SHA-256 of "challenge.number" begins with as many
// zero bits as asked. The challenge is 64 characters long, one block, and is hashed once. Without this script the form works too:
// then the sender is asked by mail.
"use strict";
(() => {
  const form = document.getElementById("letter");
  const progress = document.getElementById("progress");
  const primes = [];
  for (let n = 2; primes.length < 64; n++) if (primes.every((p) => n % p !== 0)) primes.push(n);
  const fraction = (x) => ((x - Math.floor(x)) * 4294967296) | 0;
  const first = primes.slice(0, 8).map((p) => fraction(Math.sqrt(p)));
  const round = primes.map((p) => fraction(Math.cbrt(p)));
  const words = new Int32Array(64);

  const compress = (state) => {
    for (let i = 16; i < 64; i++) {
      const a = words[i - 15], b = words[i - 2];
      const s0 = ((a >>> 7) | (a << 25)) ^ ((a >>> 18) | (a << 14)) ^ (a >>> 3);
      const s1 = ((b >>> 17) | (b << 15)) ^ ((b >>> 19) | (b << 13)) ^ (b >>> 10);
      words[i] = (words[i - 16] + s0 + words[i - 7] + s1) | 0;
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < 64; i++) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + round[i] + words[i]) | 0;
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g; g = f; f = e; e = (d + t1) | 0; d = c; c = b; b = a; a = (t1 + t2) | 0;
    }
    return [a, b, c, d, e, f, g, h].map((x, i) => (x + state[i]) | 0);
  };

  const load = (text) => {
    words.fill(0, 0, 16);
    for (let i = 0; i < text.length; i++) words[i >> 2] |= text.charCodeAt(i) << (24 - 8 * (i & 3));
  };

  const zeroBits = (hash) => {
    let bits = 0;
    for (const word of hash) {
      bits += Math.clz32(word);
      if (word !== 0) break;
    }
    return bits;
  };

  const attempt = (middle, number) => {
    const tail = "." + number;
    load(tail + "\x80");
    words[15] = (64 + tail.length) * 8;
    return zeroBits(compress(middle));
  };

  const solve = (challenge, wanted) => new Promise((resolve) => {
    load(challenge);
    const middle = compress(first);
    let number = 0;
    const work = () => {
      const end = performance.now() + 30;
      while (performance.now() < end) {
        for (let i = 0; i < 500; i++, number++) if (attempt(middle, number) >= wanted) return resolve(String(number));
      }
      setTimeout(work, 0);
    };
    work();
  });

  let working = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (working) return;
    working = true;
    progress.textContent = form.dataset.working;
    form.elements.solution.value = await solve(form.elements.challenge.value, Number(form.dataset.bits));
    form.submit();
  });
  // back from the next page, the browser may show this one as it was left
  window.addEventListener("pageshow", () => { working = false; progress.textContent = ""; });
})();
