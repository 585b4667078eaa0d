// Pictures of the page for README.md. Usage: REGDATA=… node pictures.mjs DIRECTORY
import path from 'node:path';
import { startBrowser, startProgram } from './program.mjs';

const directory = process.argv[2];
const program = await startProgram(process.env.REGDATA);
const browser = await startBrowser();
try {
  for (const [file, colorScheme, viewport, address, open] of [
    ['lookup-light.png', 'light', { width: 860, height: 1250 }, '/lookup?name=bluehen.example', false],
    ['lookup-dark.png', 'dark', { width: 860, height: 1000 }, '/lookup?name=orgonly.example#registrant', true],
    ['lookup-narrow.png', 'light', { width: 360, height: 900 }, '/lookup?name=' + encodeURIComponent('bücher-regal.example') + '&lang=de', false],
    ['error-light.png', 'light', { width: 860, height: 620 }, '/lookup?name=%E2%98%83.example', false],
  ]) {
    const context = await browser.newContext({ colorScheme, viewport, locale: 'en-GB', reducedMotion: 'reduce' });
    const page = await context.newPage();
    await page.goto(program.base + address);
    if (open) await page.evaluate(() => { document.querySelector('.contact details')?.setAttribute('open', ''); });
    if (address.includes('#')) await page.evaluate(() => document.getElementById(location.hash.slice(1)).scrollIntoView());
    await page.screenshot({ path: path.join(directory, file) });
    await context.close();
  }
} finally {
  await browser.close();
  await program.stop();
}
