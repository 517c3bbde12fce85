import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, findings, launch, live, picture, signIn, url, visitor } from './lib/browser.mjs';

const languages = ['zh-Hant', 'zh-Hans', 'en'];
const themes = ['light', 'dark'];
let browser, state, thing;

before(async () => {
  browser = await launch();
  thing = await api('POST', '/things', {
    name: { 'zh-Hant': '奧體中心空氣站', 'zh-Hans': '奥体中心空气站', en: 'Aotizhongxin air station' },
    region: '110105', place: { lat: 39.982, lon: 116.397 }, identifiers: [{ scheme: 'serial', value: `acme/A-${Date.now()}` }], labels: { site: 'north' },
  });
  await seed(thing.id);
  const page = await visitor(browser);
  await signIn(page);
  state = await page.context().storageState();
  await page.context().close();
});

after(() => browser?.close());

// A day of ten-minute values with a gap and a stretch of doubtful quality, and something refused.
async function seed(id) {
  const now = Date.now();
  const reports = [];
  for (let minutes = 24 * 60; minutes > 0; minutes -= 10) {
    if (minutes > 500 && minutes < 620) continue;
    const at = new Date(now - minutes * 60_000);
    const wave = Math.sin(minutes / 230);
    reports.push({
      t: at.toISOString(),
      values: { temperature: Math.round((14 + 6 * wave) * 10) / 10, humidity: Math.round(55 - 20 * wave), 'pm2.5': Math.round(40 + 25 * Math.cos(minutes / 170)), raining: minutes % 400 < 60 },
      quality: minutes > 900 && minutes < 1000 ? { temperature: 'suspect' } : undefined,
    });
  }
  await api('POST', `/things/${id}/report`, reports);
  await api('POST', `/things/${id}/report`, { t: '2999-01-01T00:00:00Z', values: { temperature: 20 } }).catch(() => null);
}

const pages = [
  ['things', () => '/things'],
  ['thing', () => `/things/${thing.id}`],
  ['thing-connect', () => `/things/${thing.id}?tab=connect`],
  ['thing-quality', () => `/things/${thing.id}?tab=quality`],
  ['thing-refused', () => `/things/${thing.id}?tab=refused`],
  ['thing-details', () => `/things/${thing.id}?tab=details`],
  ['new', () => '/things/new'],
  ['model', () => `/things/${thing.id}/make-model`],
  ['refused', () => '/things/refused'],
  ['settings', () => '/settings'],
  ['not-found', () => '/things/no-such-thing'],
];

for (const language of languages) {
  for (const theme of themes) {
    test(`no serious finding of axe and no error: ${language}, ${theme}`, async () => {
      const wide = await visitor(browser, { language, theme, state });
      const bad = [];
      for (const [name, address] of pages) {
        await wide.goto(url + address());
        await live(wide);
        await settled(wide, name);
        assert.equal(await wide.evaluate(() => document.documentElement.lang), language);
        bad.push(...(await findings(wide)).map(finding => `${name}: ${finding}`));
        await picture(wide, `${name}-${language}-${theme}-1440`);
      }
      bad.push(...wide.faults.map(fault => `console: ${fault}`));
      await wide.context().close();
      assert.deepEqual(bad, []);
    });

    test(`nothing runs off a narrow screen: ${language}, ${theme}`, async () => {
      const narrow = await visitor(browser, { language, theme, state, width: 390, height: 844 });
      const bad = [];
      for (const [name, address] of pages) {
        await narrow.goto(url + address());
        await live(narrow);
        await settled(narrow, name);
        const over = await narrow.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        if (over > 0) bad.push(`${name} is ${over} px too wide`);
        bad.push(...(await findings(narrow)).map(finding => `${name}: ${finding}`));
        await picture(narrow, `${name}-${language}-${theme}-390`);
      }
      await narrow.context().close();
      assert.deepEqual(bad, []);
    });
  }

  test(`sign-in page: ${language}`, async () => {
    for (const theme of themes) {
      const page = await visitor(browser, { language, theme });
      await page.goto(`${url}/sign-in`);
      assert.deepEqual(await findings(page), []);
      await picture(page, `sign-in-${language}-${theme}-1440`);
      await page.setViewportSize({ width: 390, height: 844 });
      await picture(page, `sign-in-${language}-${theme}-390`);
      assert.deepEqual(page.faults, []);
      await page.context().close();
    }
  });
}

// The chart and the map are drawn; whatever else a page fetches has come.
async function settled(page, name) {
  if (name === 'thing') {
    await page.locator('.chart canvas').first().waitFor();
    await page.locator('.map canvas, .map ~ .empty, .panel .empty').first().waitFor();
  }
  await page.waitForLoadState('networkidle');
}
