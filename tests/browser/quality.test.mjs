import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, findings, launch, live, open, picture, signIn, visitor } from './lib/browser.mjs';

const languages = ['zh-Hant', 'zh-Hans', 'en'];
let browser, page, state, thing;

before(async () => {
  await putModel();
  thing = await api('POST', '/things', { name: { 'zh-Hant': '三號水位站', 'zh-Hans': '三号水位站', en: 'Water level station 3' }, model: 'level-checked' });
  const now = Date.now();
  const reports = [];
  for (let n = 60; n > 0; n--) reports.push({ t: new Date(now - n * 600_000).toISOString(), values: { level: n === 20 ? 17.5 : Math.round((3 + Math.sin(n / 9)) * 100) / 100 } });
  await api('POST', `/things/${thing.id}/report`, reports);
  browser = await launch();
  page = await visitor(browser);
  await signIn(page);
  state = await page.context().storageState();
});

after(() => browser?.close());

function putModel() {
  return api('PUT', '/models/level-checked', {
    '@context': ['https://www.w3.org/2022/wot/td/v1.1', { wanwu: 'urn:wanwu:td#' }], '@type': 'tm:ThingModel', title: 'Level station',
    properties: { level: { title: 'Water level', titles: { 'zh-Hant': '水位', 'zh-Hans': '水位', en: 'Water level' }, type: 'number', unit: 'm', minimum: 0, maximum: 30, 'wanwu:significantDigits': 4,
      'wanwu:range': { maximum: 10 }, 'wanwu:spike': { window: 5, limit: 3 } } },
  });
}

test('the checks marked the spike, and the chart shows one quality alone', async () => {
  await open(page, `/things/${thing.id}`);
  await page.getByRole('link', { name: 'Suspect 1' }).click();
  await page.waitForURL(/quality=suspect/);
  await page.getByText('As a table (1 rows)').click();
  await page.getByRole('cell', { name: /17\.5/ }).first().waitFor();
  await picture(page, 'quality-filtered');
});

test('one observation is corrected from the table, with a reason', async () => {
  await page.locator('.behind-table').getByRole('link', { name: 'Correct', exact: true }).click();
  await page.waitForURL(/tab=quality/);
  await page.getByRole('heading', { name: 'Correct an observation of Water level' }).waitFor();
  await live(page);
  assert.equal(await page.getByLabel('Value (m)').inputValue(), '17.5');
  await page.getByRole('button', { name: 'Correct', exact: true }).click();
  await page.getByText('Say why.').waitFor();
  await page.getByLabel('Value (m)').fill('31');
  await page.getByLabel('Reason').fill('A fish before the sensor');
  await page.getByRole('button', { name: 'Correct', exact: true }).click();
  await page.getByText("outside the model's 0 to 30 m").waitFor();
  await picture(page, 'quality-form');
  await page.getByLabel('Value (m)').fill('3.1');
  await page.getByRole('button', { name: 'Correct', exact: true }).click();
  await page.getByText('Observations corrected: 1.').waitFor();
  const row = page.locator('.corrections tbody tr').first();
  assert.match(await row.innerText(), /17\.5[\s\S]*Suspect[\s\S]*3\.1[\s\S]*Substituted[\s\S]*admin[\s\S]*A fish before the sensor/);
  const series = await api('GET', `/things/${thing.id}/series/level?corrected=true&quality=substituted`);
  assert.deepEqual(series.items.map(item => [item.value, item.corrected]), [[3.1, true]]);
  await picture(page, 'quality-corrected');
});

test('a period is marked and the correction is taken back', async () => {
  await open(page, `/things/${thing.id}?period=1h`);
  await page.getByText(/As a table/).click();
  await page.getByRole('link', { name: 'Correct this period' }).click();
  await page.getByRole('heading', { name: 'Correct a period of Water level' }).waitFor();
  await page.getByLabel('Quality', { exact: true }).selectOption('maintenance');
  await page.getByLabel('Reason').fill('Cleaning');
  await page.getByRole('button', { name: 'Correct', exact: true }).click();
  await page.getByText(/Observations corrected: \d+\./).waitFor();
  await page.locator('.corrections tbody tr', { hasText: 'Cleaning' }).first().getByRole('link', { name: 'Take back' }).click();
  await page.getByRole('heading', { name: 'Take back a correction of Water level' }).waitFor();
  await page.getByLabel('Reason').fill('The wrong day');
  await page.getByRole('button', { name: 'Correct', exact: true }).click();
  await page.locator('.corrections tbody tr', { hasText: 'The wrong day' }).first().waitFor();
  const series = await api('GET', `/things/${thing.id}/series/level?quality=maintenance`);
  assert.deepEqual(series.items, []);
});

for (const language of languages) {
  for (const width of [1440, 390]) {
    test(`quality in ${language} at ${width} px: no finding, no error, nothing off the screen`, async () => {
      const reader = await visitor(browser, { language, state, width, height: 900 });
      const at = (await api('GET', `/things/${thing.id}/corrections`)).items.at(-1).t;
      for (const [name, address] of [['quality', `/things/${thing.id}?tab=quality`], ['quality-correct', `/things/${thing.id}?tab=quality&property=level&at=${at}`], ['quality-series', `/things/${thing.id}`]]) {
        await open(reader, address);
        await reader.waitForFunction(() => !document.querySelector('.skeleton'));
        if (name === 'quality-series') await reader.locator('.behind > summary').click();
        assert.deepEqual(await findings(reader), []);
        assert.equal(await reader.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 0, name);
        await picture(reader, `${name}-${language}-${width}`);
      }
      assert.deepEqual(reader.faults, []);
      await reader.context().close();
    });
  }
}
