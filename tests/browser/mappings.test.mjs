import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, artifacts, findings, launch, open, picture, signIn, visitor } from './lib/browser.mjs';
import { device } from './lib/device.mjs';

let browser, page, state, gateway, bridge;

before(async () => {
  browser = await launch();
  gateway = await api('POST', '/things', { name: { 'zh-Hant': '溫室閘道', 'zh-Hans': '温室网关', en: 'Greenhouse gateway' } });
  page = await visitor(browser);
  await signIn(page);
  state = await page.context().storageState();
});

after(async () => {
  await bridge?.endAsync(true);
  await browser?.close();
});

test('an example is tried on its message before it is saved', async () => {
  await open(page, '/things/mappings');
  await page.getByRole('link', { name: 'New mapping' }).click();
  await page.getByRole('link', { name: 'Zigbee2MQTT devices' }).click();
  await page.getByText('The mapping does not take this message.').or(page.locator('.verdict')).first().waitFor();
  await page.getByLabel('Published by').fill(gateway.id);
  await page.getByText('It is published by “Greenhouse gateway”.').waitFor();
  await page.getByText(/\d+ observations would be stored\./).waitFor();
  await page.locator('.trial-result').getByText('27.34').first().waitFor();
  await page.locator('.trial .chip', { hasText: 'new' }).first().waitFor();
  await picture(page, 'mapping-try');
});

test('a change is seen at once, and a wrong expression is told at its field', async () => {
  await page.getByLabel('Message', { exact: true }).fill('{"temperature": "warm", "state": "ON"}');
  await page.locator('.trial-refused').getByText('temperature').first().waitFor();
  await page.getByLabel('Message', { exact: true }).fill('{"temperature": 20}');
  const field = page.locator('#value-5');
  const was = await field.inputValue();
  await field.fill('$.temperature +');
  await field.blur();
  await page.getByText(/At character 16: Expected a value/).first().waitFor();
  await field.fill(was);
  await field.blur();
  await page.getByText('1 observations would be stored.').waitFor();
});

test('saved, it makes observations of what the gateway publishes', async () => {
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.waitForURL(/things\/mappings\/zigbee2mqtt-devices$/);
  bridge = await device(gateway.id, gateway.credentials.password);
  await bridge.publishAsync('zigbee2mqtt/greenhouse', '{"temperature":27.34,"humidity":44.72}', { qos: 1 });
  const things = await api('GET', `/things?gateway=${gateway.id}`);
  assert.equal(things.items.length, 1);
  const latest = await api('GET', `/things/${things.items[0].id}/latest`);
  assert.equal(latest.temperature.value, 27.34);
});

test('saving what has not been tried asks first', async () => {
  await open(page, '/things/mappings/new');
  await page.getByLabel('Name', { exact: true }).fill('Meters');
  await page.getByLabel('Topic pattern').fill('meters/{meter}');
  await page.getByLabel('Property', { exact: true }).fill('power');
  await page.getByLabel('Value (expression)').fill('$.p');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('has not been tried successfully').waitFor();
  await page.getByRole('button', { name: 'Save all the same' }).click();
  await page.waitForURL(/things\/mappings\/meters$/);
  await page.getByText('Version 1').waitFor();
  await page.getByLabel('Value (expression)').fill('$.power');
  await page.getByLabel('Topic', { exact: true }).fill('meters/7');
  await page.getByLabel('Message', { exact: true }).fill('{"power": 3}');
  await page.getByLabel('Published by').fill(gateway.id);
  await page.getByText('1 observations would be stored.').waitFor();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('Saved. It holds from the next message on.').waitFor();
});

test('removing a mapping asks for its id', async () => {
  assert.ok(await page.getByRole('button', { name: 'Remove', exact: true }).isDisabled());
  await page.getByLabel('Remove this mapping').fill('meters');
  await page.getByRole('button', { name: 'Remove', exact: true }).click();
  await page.waitForURL(/things\/mappings$/);
  assert.equal(await page.getByRole('link', { name: 'Meters' }).count(), 0);
});

for (const language of ['zh-Hant', 'zh-Hans', 'en']) {
  for (const [theme, width] of [['light', 1440], ['dark', 390]]) {
    test(`no serious finding of axe, no error, nothing beyond the edge: ${language}, ${theme}, ${width}`, async () => {
      const reader = await visitor(browser, { language, theme, width, height: width === 390 ? 844 : 900, state });
      for (const [name, address] of [['list', '/things/mappings'], ['new', '/things/mappings/new'], ['example', '/things/mappings/new?from=tasmota-sensors'], ['one', '/things/mappings/zigbee2mqtt-devices']]) {
        await open(reader, address);
        if (name === 'example') {
          await reader.locator('#try-publisher').fill(gateway.id);
          await reader.locator('.verdict-good').waitFor();
        }
        assert.deepEqual(await findings(reader), [], `${name} ${language} ${theme}`);
        const beyond = await reader.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.ok(beyond <= 0, `${name}: ${beyond} px beyond the edge`);
        await reader.screenshot({ path: `${artifacts}/mapping-${name}-${language}-${width}.png`, fullPage: width === 390 });
      }
      assert.deepEqual(reader.faults, []);
      await reader.context().close();
    });
  }
}
