import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, findings, launch, open, organisation, picture, signIn, token, url, visitor } from './lib/browser.mjs';

const languages = ['zh-Hant', 'zh-Hans', 'en'];
const day = 86_400_000;
let browser, page, state, thing;

before(async () => {
  await organisation('storage-test');
  await organisation('storage-test/water', 'storage-test');
  thing = await api('POST', '/things', { name: { 'zh-Hant': '河岸水位站', 'zh-Hans': '河岸水位站', en: 'River gauge' }, organisation: 'storage-test/water' });
  const reports = [];
  for (let n = 1; n <= 60; n++) reports.push({ t: new Date(Math.floor(Date.now() / day) * day - n * day).toISOString(), values: { 'river-level': n } });
  const answer = await fetch(`${url}/api/v1/things/${thing.id}/report`, { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: JSON.stringify(reports) });
  assert.ok(answer.ok, await answer.text());
  browser = await launch();
  page = await visitor(browser);
  await signIn(page);
  state = await page.context().storageState();
});

after(() => browser?.close());

test('storage is a tab of the settings and tells who uses what', async () => {
  await open(page, '/settings');
  await page.getByRole('link', { name: 'Storage', exact: true }).click();
  await page.locator('h1', { hasText: 'Storage' }).waitFor();
  await page.locator('.use tr', { hasText: 'storage-test/water' }).getByText('60', { exact: true }).waitFor();
  await page.getByRole('link', { name: 'Property', exact: true }).click();
  await page.waitForURL(/by=property/);
  await page.locator('.use tr', { hasText: 'river-level' }).getByText('60', { exact: true }).waitFor();
});

test('a hold is placed with a reason', async () => {
  await open(page, '/storage');
  await page.getByRole('button', { name: 'Place a hold' }).click();
  await page.getByRole('button', { name: 'Place the hold' }).click();
  await page.getByText('Say why: an order, a case, a person to ask.').waitFor();
  await page.getByLabel('Reason').fill('case 7');
  await page.getByLabel('Thing (id)').fill(thing.id);
  await page.getByLabel('Last day (UTC)').fill(new Date(Date.now() - 51 * day).toISOString().slice(0, 10));
  await page.getByRole('button', { name: 'Place the hold' }).click();
  await page.getByRole('row', { name: /case 7/ }).getByText('Stands').waitFor();
});

test('a change of policy is shown with its figures, confirmed, waits, and can be taken back', async () => {
  await page.getByRole('button', { name: 'New policy' }).click();
  await page.getByLabel('Organisation', { exact: true }).first().fill('storage-test');
  await page.getByLabel('Kept', { exact: true }).fill('many');
  await page.getByRole('button', { name: 'Show what it does' }).click();
  await page.getByText('Write a whole number, or leave it empty for ever.').waitFor();
  await page.getByLabel('Kept', { exact: true }).fill('30');
  await page.getByLabel('Unit').first().selectOption('D');
  await page.getByRole('button', { name: 'Show what it does' }).click();
  await page.getByText(/^20 observations \(.*\) would expire$/).waitFor();
  await page.getByText('What has expired is gone and comes back only from a backup.').waitFor();
  await picture(page, 'storage-preview');
  await page.getByRole('button', { name: 'Make the change' }).click();
  const row = page.locator('.policies tr', { hasText: 'organisation storage-test' });
  await row.getByText(/30 days, from/).waitFor();
  assert.equal((await api('GET', '/retention/policies')).items[0].pending.policy.coldFor, 'P30D');
  await row.getByRole('button', { name: 'Take back' }).click();
  await row.waitFor({ state: 'detached' });
});

test('a hold is lifted with a reason', async () => {
  await page.getByRole('button', { name: 'Lift “case 7”' }).click();
  await page.getByLabel('Why it is lifted').fill('closed');
  await page.getByRole('button', { name: 'Lift', exact: true }).click();
  await page.getByText('Lifted by admin: closed').waitFor();
});

test('the rail marks the settings on both addresses of the storage', async () => {
  for (const address of ['/settings', '/settings/storage', '/storage?by=property']) {
    await open(page, address);
    assert.deepEqual(await page.locator('nav.rail a[aria-current=page]').allInnerTexts(), ['Settings']);
  }
});

test('scheduled backups say when the next is, which is the newest, and where they lie', async () => {
  const standing = await api('GET', '/backups');
  assert.ok(standing.folder, 'The server of these tests has scheduled backups.');
  await open(page, '/storage');
  const panel = page.getByRole('region', { name: 'Backups' });
  await panel.getByText(standing.folder, { exact: true }).waitFor();
  await panel.getByText('Next', { exact: true }).waitFor();
  await panel.getByText('Newest', { exact: true }).waitFor();
  for (const language of languages) {
    for (const width of [1440, 390]) {
      const reader = await visitor(browser, { language, state, width, height: width === 390 ? 844 : 900 });
      await open(reader, '/storage');
      const own = reader.locator('section[aria-labelledby=backups-title]');
      await own.scrollIntoViewIfNeeded();
      assert.ok(!(await reader.evaluate(() => document.documentElement.scrollWidth > innerWidth)), `${language} ${width}: wider than the window`);
      await picture(reader, `backups-${language}-${width}`);
      await reader.context().close();
    }
  }
});

test('a compaction is asked for', async () => {
  await page.getByRole('button', { name: 'Compact now' }).click();
  await page.getByText(/observations became cold/).waitFor();
});

for (const language of languages) {
  for (const theme of ['light', 'dark']) {
    test(`no serious finding of axe, no error, no page wider than its window: ${language}, ${theme}`, async () => {
      const bad = [];
      for (const width of [1440, 390]) {
        const reader = await visitor(browser, { language, theme, state, width, height: width === 390 ? 844 : 900 });
        await open(reader, '/storage');
        await reader.locator('.use tbody tr').first().waitFor();
        bad.push(...(await findings(reader)).map(finding => `${width}: ${finding}`));
        if (await reader.evaluate(() => document.documentElement.scrollWidth > innerWidth)) bad.push(`${width}: wider than the window`);
        await picture(reader, `storage-${language}-${theme}-${width}`);
        await reader.locator('.policies').scrollIntoViewIfNeeded();
        await picture(reader, `storage-below-${language}-${theme}-${width}`);
        bad.push(...reader.faults);
        await reader.context().close();
      }
      assert.deepEqual(bad, []);
    });
  }
}
