import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, launch, open, picture, signIn, url, visitor } from './lib/browser.mjs';

// How many things the list is tried with; the platform's figure is 100 000.
const many = Number(process.env.WANWU_MANY ?? 10_000);
const patience = 1_500;
let browser, page;

before(async () => {
  const { total } = await api('GET', '/things?limit=1&count=true');
  for (let at = total; at < many; at += 1_000) {
    await api('POST', '/things/batch', Array.from({ length: Math.min(1_000, many - at) }, (_, i) => ({
      name: { 'zh-Hant': `感測器 ${number(at + i)}`, 'zh-Hans': `传感器 ${number(at + i)}`, en: `Sensor ${number(at + i)}` },
      region: (at + i) % 2 ? '110105' : '320214',
    })));
  }
  browser = await launch();
  page = await visitor(browser);
  await signIn(page);
});

after(() => browser?.close());

function number(n) {
  return String(n).padStart(6, '0');
}

test('the list knows how many there are and draws only what is seen', async () => {
  await page.waitForFunction(least => Number(document.querySelector('table').getAttribute('aria-rowcount')) > least, many);
  await page.locator('.list tbody tr[aria-rowindex="20"]').waitFor();
  assert.ok(await page.locator('.list tbody tr').count() < 200);
});

test('the end of the list is there without delay', async () => {
  const begun = performance.now();
  await page.locator('.list').evaluate(list => { list.scrollTop = list.scrollHeight; });
  await page.waitForFunction(() => {
    const rows = [...document.querySelectorAll('.list tbody tr[aria-rowindex]')];
    return rows.some(row => row.getAttribute('aria-rowindex') === document.querySelector('table').getAttribute('aria-rowcount'));
  });
  const took = performance.now() - begun;
  assert.ok(took < patience, `took ${took.toFixed(0)} ms`);
  await picture(page, 'list-end');
});

test('typing narrows the list, the address keeps it, and the address alone brings it back', async () => {
  const begun = performance.now();
  await page.getByLabel('Filter by Name').fill('sensor 009123');
  await page.waitForFunction(() => document.querySelector('table').getAttribute('aria-rowcount') === '2');
  const took = performance.now() - begun;
  assert.ok(took < patience, `took ${took.toFixed(0)} ms`);
  await page.waitForURL(/name=sensor/);
  const address = page.url();
  await page.goto(address);
  await page.waitForFunction(() => document.querySelector('table').getAttribute('aria-rowcount') === '2');
});

test('order and columns are in the address', async () => {
  await open(page, '/things');
  await page.getByRole('button', { name: 'Name' }).click();
  await page.waitForURL(/sort=-name/);
  await page.locator('th[aria-sort=descending]').waitFor();
  await page.getByText('Columns').click();
  await page.getByLabel('Organisation').check();
  await page.waitForURL(/columns=.*organisation/);
  await page.locator('th.col-organisation').waitFor();
});

test('what is filtered is exported', async () => {
  const answer = await page.request.get(`${url}/things/export.csv?name=sensor+009123`);
  assert.equal(answer.status(), 200);
  const lines = (await answer.text()).trim().split('\r\n');
  assert.equal(lines.length, 2);
  assert.match(lines[1], /009123/);
});
