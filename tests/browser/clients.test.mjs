import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import mqtt from 'mqtt';
import { api, findings, launch, live, mqttPort, open, organisation, picture, signIn, visitor } from './lib/browser.mjs';
import { report } from './lib/device.mjs';

const languages = ['zh-Hant', 'zh-Hans', 'en'];
const clients = [];
let browser, page, state, thing;

before(async () => {
  await organisation('north');
  thing = await api('POST', '/things', { name: { 'zh-Hant': '屋頂氣象站', 'zh-Hans': '屋顶气象站', en: 'Rooftop weather station' }, organisation: 'north' });
  for (const clientId of ['station-roof', 'station-roof-backup', 'station-with-a-name-that-is-far-too-long-for-any-column-and-goes-on-and-on']) clients.push(await connect(clientId));
  await clients[0].subscribeAsync(['v1/#', `things/${thing.id}/commands/#`], { qos: 1 });
  for (let n = 0; n < 20; n++) await report(clients[0], { temperature: 20 + n / 10 });
  const away = await connect('station-away', { properties: { sessionExpiryInterval: 3600 } });
  await away.endAsync();
  browser = await launch();
  page = await visitor(browser);
  await signIn(page);
  state = await page.context().storageState();
});

after(async () => {
  for (const client of clients) await client.endAsync(true);
  await browser?.close();
});

function connect(clientId, more = {}) {
  const { username, password } = thing.credentials;
  return mqtt.connectAsync(`mqtt://127.0.0.1:${mqttPort}`, { username, password, clientId, protocolVersion: 5, reconnectPeriod: 0, connectTimeout: 10_000, ...more });
}

function row(name) {
  return page.locator('.clients tbody tr', { has: page.getByRole('link', { name, exact: true }) });
}

test('the list shows who is connected and who is away', async () => {
  await open(page, '/things');
  await page.getByRole('link', { name: 'Connections' }).click();
  await row('station-roof').getByText('Connected', { exact: true }).waitFor();
  await row('station-roof').getByText('Rooftop weather station').waitFor();
  await row('station-away').getByText('Away', { exact: true }).waitFor();
});

test('search and state narrow the list, and the address alone brings it back', async () => {
  await page.getByLabel('Client, caller or address').fill('roof-b');
  await page.waitForFunction(() => document.querySelectorAll('.clients tbody tr[aria-rowindex]').length === 1);
  await page.waitForURL(/q=roof-b/);
  await page.goto(page.url());
  await live(page);
  await row('station-roof-backup').waitFor();
  await page.getByRole('link', { name: 'Clear filters' }).first().click();
  await page.getByLabel('Filter by State').selectOption('away');
  await page.waitForURL(/state=away/);
  await row('station-away').waitFor();
  await page.waitForFunction(() => document.querySelectorAll('.clients tbody tr[aria-rowindex]').length === 1);
  await open(page, '/things/clients?q=nobody-of-this-name');
  await page.getByText('No client matches these filters.').waitFor();
});

test('a client that connects appears by itself', async () => {
  await open(page, '/things/clients');
  await page.evaluate(() => { globalThis.neverReloaded = true; });
  clients.push(await connect('station-late'));
  await row('station-late').waitFor();
  assert.ok(await page.evaluate(() => globalThis.neverReloaded));
});

test('a client’s page tells what it carries and what it has subscribed', async () => {
  await open(page, '/things/clients?q=station-roof');
  await page.getByRole('link', { name: 'station-roof', exact: true }).click();
  await page.locator('h1', { hasText: 'station-roof' }).waitFor();
  await page.getByRole('cell', { name: 'v1/#' }).waitFor();
  await page.getByText('MQTT 5.0 · TCP').waitFor();
  assert.match(await page.locator('tr', { hasText: 'Received' }).innerText(), /Received\s+20\s/);
});

test('an operator disconnects a client after a question, and its session stays', async () => {
  await open(page, '/things/clients?q=station-late');
  await page.getByRole('link', { name: 'station-late', exact: true }).click();
  const told = new Promise(resolve => clients.at(-1).once('disconnect', packet => resolve(packet.reasonCode)));
  await page.getByRole('button', { name: 'Disconnect…' }).click();
  await page.getByText('Disconnect “station-late”?').waitFor();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('button', { name: 'Disconnect…' }).click();
  await page.getByRole('button', { name: 'Disconnect', exact: true }).click();
  assert.equal(await told, 0x98);
});

test('a session is ended by typing its name', async () => {
  await open(page, '/things/clients?q=station-away');
  await page.getByRole('link', { name: 'station-away', exact: true }).click();
  const end = page.getByRole('button', { name: 'End', exact: true });
  assert.ok(await end.isDisabled());
  await page.getByLabel('End the session').fill('station-away');
  await end.click();
  await page.waitForURL(/\/things\/clients$/);
  await page.waitForFunction(() => ![...document.querySelectorAll('.clients tbody a')].some(link => link.textContent === 'station-away'));
  await open(page, '/things/clients/bm9ib2R5');
  await page.getByText('This client is gone').waitFor();
});

for (const language of languages) {
  for (const theme of ['light', 'dark']) {
    test(`no serious finding of axe, no error, no page wider than its window: ${language}, ${theme}`, async () => {
      const key = (await api('GET', '/mqtt/clients?q=station-roof')).items.find(client => client.clientId === 'station-roof').key;
      const bad = [];
      for (const width of [1440, 390]) {
        const reader = await visitor(browser, { language, theme, state, width, height: width === 390 ? 844 : 900 });
        for (const [name, address] of [['clients', '/things/clients'], ['client', `/things/clients/${key}`], ['clients-none', '/things/clients?q=nobody'], ['client-gone', '/things/clients/bm9ib2R5']]) {
          await open(reader, address);
          if (name === 'clients') await reader.locator('.clients tbody tr[aria-rowindex]').first().waitFor();
          bad.push(...(await findings(reader)).map(finding => `${name} ${width}: ${finding}`));
          if (await reader.evaluate(() => document.documentElement.scrollWidth > innerWidth)) bad.push(`${name} ${width}: wider than the window`);
          await picture(reader, `${name}-${language}-${theme}-${width}`);
        }
        bad.push(...reader.faults);
        await reader.context().close();
      }
      assert.deepEqual(bad, []);
    });
  }
}
