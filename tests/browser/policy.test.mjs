import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, launch, live, signIn, url, visitor } from './lib/browser.mjs';

// The content security policy breaks nothing: every page is walked, and the browser reports no violation of it. (Violations are errors in the page's console, too, which other tests look at.)
let browser, thing;

before(async () => {
  browser = await launch();
  thing = await api('POST', '/things', { name: { en: 'Policy walk' }, place: { lat: 39.98, lon: 116.4 } });
  const now = Date.now();
  await api('POST', `/things/${thing.id}/report`, [...Array(50).keys()].map(n => ({ t: new Date(now - n * 60_000).toISOString(), values: { temperature: 20 + n / 10 } })));
});

after(() => browser?.close());

async function watched(options) {
  const page = await visitor(browser, options);
  page.violations = [];
  await page.exposeFunction('reportViolation', text => page.violations.push(text));
  await page.addInitScript(() => document.addEventListener('securitypolicyviolation', event =>
    globalThis.reportViolation(`${location.pathname}: ${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile ?? ''}:${event.lineNumber} ${event.sample}`)));
  return page;
}

const withoutPerson = ['/sign-in', '/setup', '/invitation', '/sign-in/code', '/sign-in/password', '/no-such-page'];

const rooms = () => [
  '/things', '/things?view=map', `/things/${thing.id}`, `/things/${thing.id}?tab=history`, `/things/${thing.id}?tab=connect`, `/things/${thing.id}?tab=quality`,
  `/things/${thing.id}?tab=refused`, `/things/${thing.id}?tab=details`, `/things/${thing.id}/make-model`, '/things/new', '/things/refused', '/things/clients', '/things/imports', '/imports',
  '/things/mappings', '/things/mappings/new', '/things/unknown', '/things/keys', '/things/certificates', `/things/${thing.id}?tab=identity`, '/personal', '/organisations', '/storage', '/settings', '/settings/storage', '/settings/people', '/settings/access', '/settings/programs', '/tokens', '/account', '/audit', '/sql',
];

test('pages without a person break no rule of the policy', async () => {
  const page = await watched();
  for (const address of withoutPerson) await page.goto(url + address);
  assert.deepEqual(page.violations, []);
  await page.context().close();
});

test('no page of the console breaks a rule of the policy', async () => {
  const page = await watched();
  await signIn(page);
  for (const address of rooms()) {
    await page.goto(url + address);
    await live(page);
    // Charts and maps draw after the circuit is there.
    if (/tab=history|view=map|things\/[^/?]+$|sql/.test(address)) await page.waitForLoadState('networkidle');
  }
  assert.deepEqual([...page.violations, ...page.faults.filter(fault => /content security policy/i.test(fault))], []);
  await page.context().close();
});

test("the API's own page works under its policy", async () => {
  const page = await watched();
  await page.goto(`${url}/api/`);
  await page.getByText('Wanwu 萬物').first().waitFor();
  await page.waitForLoadState('networkidle');
  // It asks whether it may compile text, is told no, and does without.
  assert.deepEqual(page.violations.filter(violation => !violation.includes('script-src eval')), []);
  await page.context().close();
});

test('an inline script and one from elsewhere do not run', async () => {
  const page = await watched();
  await page.goto(`${url}/sign-in`);
  await page.evaluate(() => {
    for (const make of [script => { script.textContent = 'globalThis.ran = true'; }, script => { script.src = 'http://127.0.0.1:9/evil.js'; }]) {
      const script = document.createElement('script');
      make(script);
      document.head.append(script);
    }
    const style = document.createElement('style');
    style.textContent = 'body { display: none }';
    document.head.append(style);
  });
  await page.waitForFunction(() => getComputedStyle(document.body).display !== 'none' && globalThis.ran === undefined);
  while (page.violations.length < 3) await page.waitForEvent('console');
  await page.context().close();
});
