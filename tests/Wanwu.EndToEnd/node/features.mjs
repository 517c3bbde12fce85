// Every feature of the standard that MQTT.js offers, on plain topics: node features.mjs URL USER PASSWORD. Says "passed NAME" or "failed NAME: why" for each.
import mqtt from 'mqtt';

const [url, username, password] = process.argv.slice(2);
const protocolVersion = Number(process.env.MQTT_VERSION ?? 5);
const branch = `features/${Date.now()}-${Math.random().toString(16).slice(2)}`;
const open = [];
let failed = 0;

const connect = async options => {
  const client = await mqtt.connectAsync(url, { username, password, protocolVersion, reconnectPeriod: 0, connectTimeout: 10_000, ...options });
  open.push(client);
  return client;
};

/** The next `count` messages of a client. */
const arrive = (client, count = 1) => new Promise(resolve => {
  const messages = [];
  client.on('message', (topic, payload, packet) => {
    messages.push({ topic, text: payload.toString(), packet });
    if (messages.length === count) resolve(messages);
  });
});

const want = (holds, what) => {
  if (!holds) throw new Error(what);
};

const check = async (name, versions, run) => {
  if (!versions.includes(protocolVersion)) return;
  const limit = new Promise((_, reject) => setTimeout(() => reject(new Error('nothing came in time')), 20_000).unref());
  try {
    await Promise.race([run(`${branch}/${name.replaceAll(' ', '-')}`), limit]);
    console.log(`passed ${name}`);
  } catch (error) {
    failed++;
    console.log(`failed ${name}: ${error.message}`);
  }
};

for (const qos of [0, 1, 2]) {
  await check(`QoS ${qos}`, [4, 5], async topic => {
    const client = await connect();
    const next = arrive(client);
    await client.subscribeAsync(`${topic}/+`, { qos });
    await client.publishAsync(`${topic}/x`, '值', { qos });
    const [{ text, packet }] = await next;
    want(text === '值' && packet.qos === qos, `${text} came with QoS ${packet.qos}`);
  });
}

await check('retained', [4, 5], async topic => {
  const client = await connect();
  await client.publishAsync(topic, 'kept', { qos: 1, retain: true });
  const late = await connect();
  const next = arrive(late);
  await late.subscribeAsync(topic, { qos: 1 });
  const [{ text, packet }] = await next;
  want(text === 'kept' && packet.retain, `${text}, retain ${packet.retain}`);
  await client.publishAsync(topic, '', { qos: 1, retain: true });
});

await check('will', [4, 5], async topic => {
  const mourner = await connect();
  const next = arrive(mourner);
  await mourner.subscribeAsync(topic);
  const client = await connect({ will: { topic, payload: 'gone', qos: 1 } });
  client.stream.destroy();
  want((await next)[0].text === 'gone', 'another will');
});

await check('session', [4, 5], async topic => {
  const options = { clientId: `s${Date.now()}`, clean: false, ...(protocolVersion === 5 && { properties: { sessionExpiryInterval: 60 } }) };
  const before = await connect(options);
  await before.subscribeAsync(topic, { qos: 1 });
  await before.endAsync();
  await (await connect()).publishAsync(topic, 'waits', { qos: 1 });
  const back = mqtt.connect(url, { username, password, protocolVersion, reconnectPeriod: 0, ...options });
  open.push(back);
  want((await arrive(back))[0].text === 'waits', 'another message');
});

await check('shared subscription', [4, 5], async topic => {
  const members = [await connect(), await connect()];
  const counts = [0, 0];
  const all = new Promise(resolve => members.forEach((member, i) => member.on('message', () => {
    counts[i]++;
    if (counts[0] + counts[1] === 20) resolve();
  })));
  for (const member of members) await member.subscribeAsync(`$share/g/${topic}`, { qos: 1 });
  const publisher = await connect();
  for (let i = 0; i < 20; i++) await publisher.publishAsync(topic, `${i}`, { qos: 1 });
  await all;
  want(counts[0] > 0 && counts[1] > 0, `${counts}`);
});

await check('properties', [5], async topic => {
  const client = await connect();
  const next = arrive(client);
  await client.subscribeAsync(topic, { qos: 1, properties: { subscriptionIdentifier: 7 } });
  await client.publishAsync(topic, 'x', { qos: 1, properties: {
    userProperties: { k: '值' }, contentType: 'text/plain', responseTopic: 're/1', correlationData: Buffer.from('cc'), messageExpiryInterval: 60 } });
  const { userProperties, contentType, responseTopic, correlationData, subscriptionIdentifier, messageExpiryInterval } = (await next)[0].packet.properties;
  want(userProperties.k === '值' && contentType === 'text/plain' && responseTopic === 're/1' && correlationData.toString() === 'cc'
    && Number(subscriptionIdentifier) === 7 && messageExpiryInterval <= 60, JSON.stringify((await next)[0].packet.properties));
});

await check('no-local', [5], async topic => {
  const client = await connect();
  const other = await connect();
  const next = arrive(client);
  await client.subscribeAsync(topic, { qos: 1, nl: true });
  await client.publishAsync(topic, 'own', { qos: 1 });
  await other.publishAsync(topic, 'others', { qos: 1 });
  want((await next)[0].text === 'others', 'its own message');
});

await check('aliases both ways', [5], async topic => {
  const listener = await connect({ properties: { topicAliasMaximum: 5 } });
  const next = arrive(listener, 10);
  await listener.subscribeAsync(`${topic}/#`, { qos: 1 });
  const publisher = await connect({ autoAssignTopicAlias: true });
  for (let i = 0; i < 10; i++) await publisher.publishAsync(`${topic}/${i % 2}`, `${i}`, { qos: 1 });
  want((await next).every(({ topic: name, text }) => name === `${topic}/${text % 2}`), 'topics and messages do not belong together');
});

for (const client of open) client.end(true);
process.exit(failed ? 1 : 0);
