// A headless Chromium against a running server. Where the server is and how to sign in come from the environment.
import { readFileSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { chromium } from 'playwright-core';

export const url = need('WANWU_URL').replace(/\/$/, '');
export const adminName = process.env.WANWU_ADMIN_NAME ?? 'admin';
export const adminPassword = need('WANWU_ADMIN_PASSWORD');
export const mqttPort = Number(need('WANWU_MQTT_PORT'));
export const token = need('WANWU_TOKEN');
export const artifacts = path.resolve(process.env.WANWU_ARTIFACTS ?? 'artifacts');
mkdirSync(artifacts, { recursive: true });

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

function need(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: the tests need a running server (./test browser starts one).`);
  return value;
}

export function launch() {
  return chromium.launch({
    executablePath: process.env.WANWU_CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader',
    ],
  });
}

// A browser of its own kind: window, language, theme, cookies. Complains of every error in the page's console.
export async function visitor(browser, { language = 'en', theme = 'light', width = 1440, height = 900, state } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, locale: language === 'en' ? 'en-GB' : language === 'zh-Hant' ? 'zh-TW' : 'zh-CN', storageState: state, timezoneId: 'UTC' });
  await context.addCookies([
    { name: 'wanwu-language', value: language, url },
    { name: 'wanwu-theme', value: theme, url },
  ]);
  const page = await context.newPage();
  page.faults = [];
  page.on('console', message => { if (message.type() === 'error') page.faults.push(message.text()); });
  page.on('pageerror', error => page.faults.push(String(error)));
  page.setDefaultTimeout(15_000);
  return page;
}

export async function signIn(page) {
  await page.goto(`${url}/things`);
  await page.locator('input[autocomplete=username]').fill(adminName);
  await page.locator('input[autocomplete=current-password]').fill(adminPassword);
  await page.locator('form button[type=submit]').click();
  await page.waitForURL(/\/things$/);
  await live(page);
}

// The circuit answers: Blazor has taken over the prerendered page.
export async function live(page) {
  await page.waitForFunction(() => document.querySelector('[data-live]'));
}

export async function open(page, address) {
  await page.goto(url + address);
  await live(page);
}

// Serious and critical findings of axe, as one line each.
export async function findings(page) {
  await page.evaluate(axeSource);
  const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  return found.violations
    .filter(finding => finding.impact === 'serious' || finding.impact === 'critical')
    .flatMap(finding => finding.nodes.map(node => `${finding.id}: ${node.target.join(' ')}: ${node.failureSummary.replaceAll('\n', ' ')}`));
}

export async function picture(page, name) {
  await page.screenshot({ path: path.join(artifacts, `${name}.png`) });
}

export async function api(method, address, body) {
  const answer = await fetch(`${url}/api/v1${address}`, {
    method, headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${method} ${address}: ${answer.status} ${await answer.text()}`);
  return answer.status === 204 ? null : answer.json();
}

// An organisation that things can be of; there already, it is left as it is.
export async function organisation(id, parent) {
  const answer = await fetch(`${url}/api/v1/organisations`, {
    method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: JSON.stringify({ id, name: id, parent }),
  });
  if (!answer.ok && answer.status !== 409) throw new Error(`organisation ${id}: ${answer.status} ${await answer.text()}`);
}

// Pages in three languages, on a wide and a narrow screen: nothing that axe finds serious, nothing that runs off the screen, no error; pictures to look at. One language is dark.
export async function sweep(browser, state, pages, { dark = 'zh-Hant', ready = async () => {} } = {}) {
  const bad = [];
  for (const language of ['zh-Hant', 'zh-Hans', 'en']) {
    const page = await visitor(browser, { language, state, theme: language === dark ? 'dark' : 'light' });
    for (const [name, address] of pages) {
      await page.setViewportSize({ width: 1440, height: 900 });
      await open(page, address);
      await ready(page, name);
      for (const [width, height] of [[1440, 900], [390, 844]]) {
        await page.setViewportSize({ width, height });
        const here = `${name}-${language}-${width}`;
        bad.push(...(await findings(page)).map(finding => `${here}: ${finding}`));
        const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        if (over > 0) bad.push(`${here} is ${over} px too wide`);
        await page.screenshot({ path: path.join(artifacts, `${here}.png`), fullPage: true });
      }
    }
    bad.push(...page.faults.map(fault => `console: ${fault}`));
    await page.context().close();
  }
  return bad;
}
