// A listener by MQTT.js: node listener.mjs URL USER PASSWORD FILTER COUNT. Says "subscribed", then one line a message, and ends after COUNT.
import mqtt from 'mqtt';

const [url, username, password, filter, count] = process.argv.slice(2);
const client = mqtt.connect(url, { username, password, protocolVersion: Number(process.env.MQTT_VERSION ?? 5), reconnectPeriod: 0, connectTimeout: 10_000 });
let left = Number(count);

client.on('error', error => {
  console.error(`${error.name}: ${error.message} (${error.code ?? ''})`);
  process.exit(1);
});

client.on('message', (topic, payload) => {
  console.log(`${topic} ${payload}`);
  if (--left === 0) client.end(false, {}, () => process.exit(0));
});

client.on('connect', async () => {
  await client.subscribeAsync(filter, { qos: 1 });
  console.log('subscribed');
});
