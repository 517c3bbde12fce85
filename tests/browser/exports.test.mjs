import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { api, findings, launch, open, picture, signIn, token, url, visitor } from './lib/browser.mjs';

const languages = ['zh-Hant', 'zh-Hans', 'en'];
const words = { 'zh-Hant': '觀測資料', 'zh-Hans': '观测数据', en: 'Observations' };
let browser, page, state, thing;

before(async () => {
  thing = await api('POST', '/things', { name: { 'zh-Hant': '匯出測站', 'zh-Hans': '导出测站', en: 'Export gauge' }, labels: { 'export-test': 'yes' } });
  const answer = await fetch(`${url}/api/v1/things/${thing.id}/report`, {
    method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify([{ t: '2025-03-01T00:00:00Z', values: { level: 1.5 } }, { t: '2025-03-01T01:00:00Z', values: { level: 2.5 } }]),
  });
  assert.ok(answer.ok, await answer.text());
  browser = await launch();
  page = await visitor(browser);
  await signIn(page);
  state = await page.context().storageState();
});

after(() => browser?.close());

const menu = reader => reader.locator('details.menu', { has: reader.locator('a[download]', { hasText: 'Parquet' }) });

async function download(kind) {
  await menu(page).locator('summary').click();
  const [file] = await Promise.all([page.waitForEvent('download'), menu(page).getByRole('link', { name: kind, exact: true }).click()]);
  return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
}

test('the observations of what is filtered are a file, in either form', async () => {
  await open(page, '/things?name=export%20gauge');
  await page.getByRole('link', { name: 'Export gauge' }).waitFor();
  const csv = await download('CSV');
  assert.equal(csv.name, 'observations.csv');
  const lines = csv.bytes.toString('utf8').trim().split('\r\n');
  assert.match(lines[0], /^thing,property,t,value,kind,quality/);
  assert.deepEqual(lines.slice(1).map(line => line.split(',').slice(0, 6)), [
    [thing.id, 'level', '2025-03-01T00:00:00Z', '1.5', 'number', 'good'], [thing.id, 'level', '2025-03-01T01:00:00Z', '2.5', 'number', 'good'],
  ]);
  await open(page, '/things?name=export%20gauge');
  await page.getByRole('link', { name: 'Export gauge' }).waitFor();
  const parquet = await download('Parquet');
  assert.equal(parquet.name, 'observations.parquet');
  assert.equal(parquet.bytes.subarray(0, 4).toString('latin1'), 'PAR1');
  assert.deepEqual(page.faults, []);
});

for (const language of languages) {
  test(`the menu opens by keyboard, has its words and no finding of axe: ${language}`, async () => {
    const bad = [];
    for (const width of [1440, 390]) {
      const reader = await visitor(browser, { language, state, width, height: width === 390 ? 844 : 900, theme: width === 390 ? 'dark' : 'light' });
      await open(reader, '/things?name=gauge');
      const summary = menu(reader).locator('summary');
      assert.equal(await summary.getAttribute('aria-label'), words[language]);
      await summary.focus();
      await reader.keyboard.press('Enter');
      await menu(reader).getByRole('link', { name: 'Parquet', exact: true }).waitFor();
      const { x, width: wide } = await menu(reader).getByRole('link', { name: 'Parquet', exact: true }).boundingBox();
      if (x < 0 || x + wide > width) bad.push(`${width}: the menu hangs out of the window, from ${x} to ${x + wide}`);
      bad.push(...(await findings(reader)).map(finding => `${width}: ${finding}`));
      if (await reader.evaluate(() => document.documentElement.scrollWidth > innerWidth)) bad.push(`${width}: wider than the window`);
      await picture(reader, `export-menu-${language}-${width}`);
      bad.push(...reader.faults);
      await reader.context().close();
    }
    assert.deepEqual(bad, []);
  });
}
