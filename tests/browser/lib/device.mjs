// A device that speaks MQTT over a socket.
import mqtt from 'mqtt';
import { mqttPort } from './browser.mjs';

export async function device(id, password) {
  return mqtt.connectAsync(`mqtt://127.0.0.1:${mqttPort}`, { username: id, password, clientId: `browser-test-${id}`, protocolVersion: 5, reconnectPeriod: 0, connectTimeout: 10_000 });
}

// Resolves when the server has answered: then it is on disk, or refused by name.
export async function report(client, payload) {
  try {
    await client.publishAsync('v1/report', typeof payload === 'string' ? payload : JSON.stringify(payload), { qos: 1 });
    return true;
  } catch {
    return false;
  }
}
