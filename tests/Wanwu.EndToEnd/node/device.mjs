// A device by MQTT.js: node device.mjs URL USER PASSWORD TOPIC COUNT. Publishes COUNT reports with QoS 1, all in flight at once, and says how many were acknowledged.
import mqtt from 'mqtt';

const [url, username, password, topic, count] = process.argv.slice(2);
const client = mqtt.connect(url, { username, password, protocolVersion: Number(process.env.MQTT_VERSION ?? 4), reconnectPeriod: 0, connectTimeout: 10_000 });

client.on('error', error => {
  console.error(`${error.name}: ${error.message} (${error.code ?? ''})`);
  process.exit(1);
});

client.on('connect', async () => {
  const reports = Array.from({ length: Number(count) }, (_, i) => client.publishAsync(topic, JSON.stringify({ n: i + 1 }), { qos: 1 }));
  await Promise.all(reports);
  await client.endAsync();
  console.log(`acknowledged ${reports.length}`);
});
