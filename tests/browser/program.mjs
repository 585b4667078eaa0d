// The whole program with the cast of fixtures/, for tests in a browser.
import { spawn, execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

export const source = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
/// Who comes from this address has limits; everybody else here has none.
export const hasty = '203.0.113.9';

const SERVERS = `
[http]
listen_plain = ["127.0.0.1:0"]
forwarders = ["127.0.0.0/8"]
allow = ["127.0.0.0/8"]
queries_per_minute = 1
queries_burst = 12
[worker]
admin = "127.0.0.1:0"
[serve]
admin = "127.0.0.1:0"
[log]
format = "json"
`;

/// Starts regdata with the cast. `page` is TOML of the section [page]. Returns { base, stop }.
export async function startProgram(regdata, page = '') {
  const place = fs.mkdtempSync(path.join(os.tmpdir(), 'regdata-browser-test-'));
  const directory = path.join(place, 'rd');
  const config = path.join(directory, 'regdata.toml');
  const run = (...words) => execFileSync(regdata, ['--config', config, ...words], { stdio: 'pipe' });
  execFileSync(regdata, ['init', '--directory', directory], { stdio: 'pipe' });
  fs.mkdirSync(path.join(directory, 'conf.d'), { recursive: true });
  fs.writeFileSync(path.join(directory, 'disclaimer.txt'), 'This information is given for lookups.\nNo bulk use.\n\nSecond paragraph.\n');
  const registrar = fs.readFileSync(path.join(source, 'fixtures/registrar.toml'), 'utf8').replaceAll('@PORT@', '0')
    .replace('[publication]\n', '[publication]\ndisclaimer_file = "../disclaimer.txt"\nterms_url = "https://registrar.example/terms"\n');
  fs.writeFileSync(path.join(directory, 'conf.d/registrar.toml'), registrar.replace('"../disclaimer.txt"', JSON.stringify(path.join(directory, 'disclaimer.txt'))) + SERVERS + page);
  run('import', path.join(source, 'fixtures/cast.jsonl'), '--label', 'test');
  const log = path.join(place, 'log');
  const worker = spawn(regdata, ['--config', config, 'run'], { stdio: ['ignore', 'ignore', fs.openSync(log, 'w')] });
  const events = () => fs.readFileSync(log, 'utf8').split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
  const stop = async () => {
    const ended = new Promise((resolve) => worker.on('exit', resolve));
    worker.kill('SIGTERM');
    await ended;
    fs.rmSync(place, { recursive: true });
  };
  const end = Date.now() + 60_000;
  for (;;) {
    const listening = events().find((event) => event.for === 'http');
    if (listening && events().some((event) => Object.values(event).includes('ready'))) return { base: `http://${listening.address}`, run, stop };
    if (Date.now() > end || worker.exitCode !== null) {
      const text = fs.readFileSync(log, 'utf8');
      await stop();
      throw new Error(`the program is not ready:\n${text}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/// Debian's Chromium, told to talk to nobody.
export function startBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync'],
  });
}
