import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { api, launch, open, signIn, sweep, visitor } from './lib/browser.mjs';

// What a thing is known by at the doors: certificates and bound identifiers.
let browser, page, state, thing, folder;

before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'wanwu-identity-'));
  browser = await launch();
  thing = await api('POST', '/things', { name: { 'zh-Hant': '三號泵站', 'zh-Hans': '三号泵站', en: 'Pumping station three' } });
  page = await visitor(browser);
  await signIn(page);
  state = await page.context().storageState();
});

after(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

// Key and request, as somebody makes them at the device.
function request(name) {
  const [key, csr] = [path.join(folder, `${name}.key`), path.join(folder, `${name}.csr`)];
  execFileSync('openssl', ['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', `/CN=${name}`, '-keyout', key, '-out', csr], { stdio: 'ignore' });
  return readFileSync(csr, 'utf8');
}

const region = name => page.getByRole('region', { name, exact: true });

async function downloaded(link) {
  const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
  return readFileSync(await download.path());
}

test('a certificate is issued from a request, and what is downloaded is that of this thing, by the device CA', async () => {
  await open(page, `/things/${thing.id}?tab=identity`);
  const form = region('Issue a certificate');
  await form.getByLabel('Request (CSR, PEM)').fill(request('00000000000000000000000000'));
  await form.getByRole('button', { name: 'Issue certificate' }).click();
  await form.getByText(/names another thing/).waitFor();
  await form.getByLabel('Request (CSR, PEM)').fill(request(thing.id));
  await form.getByLabel('Days it holds').fill('0');
  await form.getByRole('button', { name: 'Issue certificate' }).click();
  await form.getByText(/A whole number from 1/).waitFor();
  await form.getByLabel('Days it holds').fill('20');
  await form.getByRole('button', { name: 'Issue certificate' }).click();
  await form.getByText(/^Issued\. It holds until/).waitFor();
  const [pem, authority] = [path.join(folder, 'thing.pem'), path.join(folder, 'ca.pem')];
  writeFileSync(pem, await downloaded(form.getByRole('link', { name: 'Download certificate' })));
  writeFileSync(authority, await downloaded(form.getByRole('link', { name: 'Download CA certificate' })));
  assert.match(execFileSync('openssl', ['verify', '-CAfile', authority, pem], { encoding: 'utf8' }), /OK/);
  assert.match(execFileSync('openssl', ['x509', '-in', pem, '-noout', '-subject'], { encoding: 'utf8' }), new RegExp(thing.id));
  const [listed] = (await api('GET', `/things/${thing.id}/certificates`)).items;
  await page.getByRole('row', { name: new RegExp(listed.serial) }).getByText('Valid').waitFor();
});

test('an identifier is bound with secret and networks, refused where its form is wrong, and removed', async () => {
  await open(page, `/things/${thing.id}?tab=identity`);
  const form = region('Bind an identifier');
  await form.getByLabel('Scheme').selectOption('hj212-mn');
  await form.getByLabel('Identifier').fill('not an MN');
  await form.getByRole('button', { name: 'Bind' }).click();
  await form.getByText(/has not the form/).waitFor();
  await form.getByLabel('Identifier').fill('010000A8900016F000169DC0');
  await form.getByLabel('Secret', { exact: true }).fill('123456');
  await form.getByLabel('May come from').fill('10.1.0.0/99');
  await form.getByRole('button', { name: 'Bind' }).click();
  await form.getByText(/Networks as 10\.1\.0\.0\/16/).waitFor();
  await form.getByLabel('May come from').fill('10.1.0.0/16 2001:db8::/32');
  await form.getByRole('button', { name: 'Bind' }).click();
  const row = region('Bound identifiers').getByRole('row', { name: /010000A8900016F000169DC0.*kept as a hash.*10\.1\.0\.0\/16 2001:db8::\/32/ });
  await row.waitFor();
  const [bound] = (await api('GET', `/bindings?thing=${thing.id}`)).items;
  assert.deepEqual([bound.scheme, bound.hasSecret, bound.isClear, bound.networks], ['hj212-mn', true, false, '10.1.0.0/16 2001:db8::/32']);
  await form.getByLabel('Scheme').selectOption('thing');
  await form.getByLabel('May come from').fill('192.0.2.7');
  await form.getByRole('button', { name: 'Bind' }).click();
  await region('Bound identifiers').getByRole('row', { name: new RegExp(`${thing.id}.*192\\.0\\.2\\.7`) }).waitFor();
  await page.getByRole('button', { name: 'Remove the binding of 010000A8900016F000169DC0' }).click();
  await page.getByText(/Remove the binding of 010000A8900016F000169DC0\?/).waitFor();
  await page.getByRole('button', { name: 'Remove', exact: true }).click();
  await row.waitFor({ state: 'detached' });
  assert.equal((await api('GET', `/bindings?thing=${thing.id}`)).items.length, 1);
});

test('identity, and certificates over all, read in three languages on wide and narrow screens', async () => {
  await api('POST', '/bindings', { thing: thing.id, scheme: 'jt808-terminal', identifier: '13800138000', secret: 'secret', isClear: true });
  assert.deepEqual(await sweep(browser, state, [['thing-identity', `/things/${thing.id}?tab=identity`], ['certificates', '/things/certificates']]), []);
});

test('a certificate is revoked with a reason, after asking, and stands on the downloaded list', async () => {
  await open(page, `/things/${thing.id}?tab=identity`);
  const [listed] = (await api('GET', `/things/${thing.id}/certificates`)).items;
  const revoke = page.getByRole('button', { name: `Revoke certificate ${listed.serial}` });
  await revoke.click();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await revoke.click();
  await page.getByLabel('Reason').selectOption('keyCompromise');
  await page.getByRole('button', { name: 'Revoke', exact: true }).click();
  await page.getByRole('row', { name: new RegExp(listed.serial) }).getByText('Revoked').waitFor();
  const [after] = (await api('GET', `/things/${thing.id}/certificates`)).items;
  assert.deepEqual([after.state, after.reason], ['revoked', 'keyCompromise']);
  await open(page, '/things/certificates');
  const list = path.join(folder, 'list.crl');
  writeFileSync(list, await downloaded(page.getByRole('link', { name: 'Download revocation list' })));
  assert.match(execFileSync('openssl', ['crl', '-inform', 'DER', '-in', list, '-noout', '-text'], { encoding: 'utf8' }), new RegExp(`Serial Number: ${listed.serial}[\\s\\S]*Key Compromise`));
});
