import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { adminName, api, launch, open, signIn, sweep, token, url, visitor } from './lib/browser.mjs';

// Somebody's personal data: who may not see it is told why; who may finds it, hands it over, and has it erased.
let browser, page, state, worn, other, grant;

before(async () => {
  const model = await fetch(`${url}/api/v1/models/wristband`, {
    method: 'PUT', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/tm+json' },
    body: JSON.stringify({
      '@context': ['https://www.w3.org/2022/wot/td/v1.1', { wanwu: 'urn:wanwu:td#' }], '@type': 'tm:ThingModel', title: 'Wristband',
      properties: {
        battery: { type: 'number' }, wearer: { title: 'Name of the wearer', type: 'string', 'wanwu:personal': true, 'wanwu:mask': 'partial' },
        heartRate: { title: 'Heart rate', type: 'number', 'wanwu:dataClass': 'important', 'wanwu:sensitive': true },
        diagnosis: { title: 'Diagnosis', type: 'string', 'wanwu:dataClass': 'core', 'wanwu:sensitive': true },
      },
    }),
  });
  assert.ok(model.ok, await model.text());
  worn = await api('POST', '/things', { name: { 'zh-Hant': '手環十七號', 'zh-Hans': '手环十七号', en: 'Wristband seventeen' }, model: 'wristband', labels: { subject: '17' } });
  other = await api('POST', '/things', { name: { en: 'Wristband eighteen' }, model: 'wristband', labels: { subject: '18' } });
  for (const [thing, wearer] of [[worn, 'Li Qingzhao'], [other, 'Xin Qiji']])
    await api('POST', `/things/${thing.id}/report`, [1, 2, 3].map(n => ({ t: `2026-01-0${n}T00:00:00Z`, values: { battery: 90 - n, wearer, heartRate: 60 + n, diagnosis: 'none' } })));
  browser = await launch();
  page = await visitor(browser);
  await signIn(page);
  state = await page.context().storageState();
});

after(async () => {
  if (grant) await api('DELETE', `/grants/${grant.id}`).catch(() => null);
  await browser?.close();
});

const region = name => page.getByRole('region', { name, exact: true });

test('who has no purpose is told why nothing is seen, and finds nothing by a value', async () => {
  await open(page, '/personal?value=Li+Qingzhao');
  await region('What you handle personal data for').getByText('You see no personal data.').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Find' }).isDisabled(), true);
  assert.equal(await region('What was found').count(), 0);
  assert.deepEqual(await sweep(browser, state, [['personal-none', '/personal']]), []);
});

test('a grant with purpose and basis opens the page at once; the subject is found by thing, label and value', async () => {
  grant = await api('POST', '/grants', { person: adminName, role: 'viewer', dataClass: 'important', purpose: 'Requests of data subjects', legalBasis: 'legal-duty' });
  await region('What you handle personal data for').getByText('Requests of data subjects').waitFor();
  await region('What was found').getByRole('row', { name: /Wristband seventeen.*Name of the wearer.*Internal.*3/ }).waitFor();
  assert.equal(await region('What was found').getByRole('row').count(), 2);

  await open(page, '/personal');
  await page.getByRole('combobox', { name: 'Thing' }).fill('wristband sev');
  await page.getByRole('option', { name: /Wristband seventeen/ }).click();
  await page.getByRole('button', { name: 'Find' }).click();
  await page.waitForURL(new RegExp(`thing=${worn.id}`));
  await region('What was found').getByRole('row', { name: /Heart rate.*sensitive.*Important.*3/ }).waitFor();
  await region('What was found').getByText(/Left out.*Diagnosis/).waitFor();

  await open(page, '/personal');
  await page.getByLabel('Label').fill('subject=18');
  await page.keyboard.press('Enter');
  await page.waitForURL(/label=subject%3D18/);
  await region('What was found').getByRole('row', { name: /Wristband eighteen.*Heart rate/ }).waitFor();
  await region('What was found').getByText('2 series, 6 observations').waitFor();
});

test('what was found is handed over as a file, of this subject alone', async () => {
  await open(page, '/personal?label=subject%3D17');
  const [download] = await Promise.all([page.waitForEvent('download'), region('What was found').getByRole('link', { name: 'Export as CSV' }).click()]);
  const file = readFileSync(await download.path(), 'utf8');
  assert.match(file, /Li Qingzhao/);
  assert.doesNotMatch(file, /Xin Qiji|battery|diagnosis/);
});

test('the page reads in three languages on wide and narrow screens', async () => {
  assert.deepEqual(await sweep(browser, state, [['personal', `/personal?thing=${worn.id}`]]), []);
});

test('what somebody does not see in clear is not erased', async () => {
  await open(page, `/personal?thing=${worn.id}`);
  await page.getByRole('button', { name: 'See what would go' }).click();
  await region('Erase').getByText(/You do not see all of it in clear/).waitFor();
});

test('what would go is shown first, and goes once reason and name are given; the proof is in the audit trail', async () => {
  // An open page would draw itself anew with the grant, in the midst of the next step.
  await page.goto('about:blank');
  const whole = await api('POST', '/grants', { person: adminName, role: 'viewer', dataClass: 'core', purpose: 'Requests of data subjects', legalBasis: 'legal-duty' });
  try {
    await open(page, `/personal?thing=${worn.id}`);
    await region('What was found').getByText('3 series, 9 observations').waitFor();
    await page.getByRole('button', { name: 'See what would go' }).click();
    await region('Erase').getByRole('row', { name: /Store, latest observations 9/ }).waitFor();
    assert.deepEqual(await sweep(browser, state, [['personal-erase', `/personal?thing=${worn.id}`]], {
      ready: async seen => {
        await seen.locator('#erase-title ~ button').click();
        await seen.locator('#erase-reason').waitFor();
      },
    }), []);
    const erase = region('Erase').getByRole('button', { name: 'Erase', exact: true });
    await page.getByLabel('Why', { exact: true }).fill('Request of the wearer, file 2026-17');
    assert.equal(await erase.isDisabled(), true);
    await page.getByLabel('Confirm').fill('Wristband seventeen');
    await erase.click();
    await region('Erase').getByText('Erased and verified').waitFor({ timeout: 60_000 });
    await region('Erase').getByRole('row', { name: /Store, latest observations 9 0/ }).waitFor();
    await region('What was found').getByText('No personal value was found').waitFor();
    await region('Erasures').getByRole('row', { name: /Request of the wearer, file 2026-17.*Erased and verified/ }).waitFor();
    await page.getByRole('link', { name: 'See the proof in the audit trail' }).click();
    await page.waitForURL(/audit\?object=/);
    await page.locator('.audit tbody').getByText('Erasure: completed').first().waitFor();
    await open(page, '/personal?label=subject%3D18');
    await region('What was found').getByText('3 series, 9 observations').waitFor();
  } finally {
    await api('DELETE', `/grants/${whole.id}`);
  }
});
