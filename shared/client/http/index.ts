// Apart from the client, so that an agent, which speaks MQTT, never loads HTTPS.

export { HttpTransport, type HttpTransportOptions } from './http-transport.ts';
