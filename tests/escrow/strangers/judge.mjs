// Opens and verifies messages with OpenPGP.js.
//   node judge.mjs open DIR             every N.pgp in DIR against N.plain; then flips of single bits of the smallest
//   node judge.mjs key DIR              makes a version 6 key there: foreign.pub.asc, foreign.asc; prints its fingerprint
//   node judge.mjs one DIR KEY FILE     opens FILE with a secret key, verified by signer.pub.asc; content to standard output
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as openpgp from 'openpgp';

const [what, place, ...rest] = process.argv.slice(2);
const text = (name) => readFileSync(join(place, name), 'utf8');

async function open(bytes, decryptionKeys, verificationKeys) {
  const message = await openpgp.readMessage({ binaryMessage: bytes });
  const { data, signatures } = await openpgp.decrypt({ message, decryptionKeys, verificationKeys, format: 'binary', expectSigned: true });
  if (signatures.length !== 1) throw new Error(`${signatures.length} signatures`);
  await signatures[0].verified;
  return data;
}

if (what === 'open') {
  const key = await openpgp.readPrivateKey({ armoredKey: text('recipient.asc') });
  const signer = await openpgp.readKey({ armoredKey: text('signer.pub.asc') });
  const numbers = readdirSync(place).filter((name) => name.endsWith('.pgp')).map((name) => name.slice(0, -4));
  let smallest;
  for (const number of numbers) {
    const sealed = readFileSync(join(place, number + '.pgp'));
    const plain = readFileSync(join(place, number + '.plain'));
    const data = await open(sealed, key, signer);
    if (!plain.equals(Buffer.from(data))) throw new Error(`message ${number} is not what was sealed`);
    if (plain.length > 0 && (smallest === undefined || sealed.length < smallest.length)) smallest = sealed;
  }
  console.log(`${numbers.length} opened`);
  const flips = Number(rest[0] ?? 0);
  let refused = 0;
  for (let flip = 0; flip < flips; ++flip) {
    const bad = new Uint8Array(smallest);
    // whose key it is (the first 37 octets) is a hint: OpenPGP.js tries its keys whatever it says
    const bit = 37 * 8 + ((flip * 7919) % ((bad.length - 37) * 8));
    bad[bit >> 3] ^= 1 << (bit & 7);
    try {
      await open(bad, key, signer);
      console.log(`bit ${bit} was not seen`);
    } catch {
      ++refused;
    }
  }
  console.log(`${refused} of ${flips} flips refused`);
  process.exit(numbers.length > 0 && refused === flips ? 0 : 1);
} else if (what === 'key') {
  const { privateKey, publicKey } = await openpgp.generateKey({
    type: 'curve25519', userIDs: [{ name: 'Agent', email: 'agent@escrow.example' }], format: 'armored',
    config: { v6Keys: true, aeadProtect: true },
  });
  writeFileSync(join(place, 'foreign.asc'), privateKey);
  writeFileSync(join(place, 'foreign.pub.asc'), publicKey);
  console.log((await openpgp.readKey({ armoredKey: publicKey })).getFingerprint());
} else if (what === 'one') {
  const key = await openpgp.readPrivateKey({ armoredKey: text(rest[0]) });
  const signer = await openpgp.readKey({ armoredKey: text('signer.pub.asc') });
  process.stdout.write(await open(readFileSync(join(place, rest[1])), key, signer));
} else {
  console.error('usage: node judge.mjs open|key|one DIR …');
  process.exit(2);
}
