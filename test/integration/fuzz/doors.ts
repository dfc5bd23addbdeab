// Both doors of one real hub, for what no decent client would send.

import { once } from 'node:events';
import { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { connect as connectMqtt, type MqttClient } from 'mqtt';
import { parseRpcResponse, type RpcResponse, rpcTopic } from '../../../shared/bus/index.ts';
import { TestCluster } from '../../support/cluster.ts';
import { HttpsJson, type Json } from '../../support/https-json.ts';

const clientId = 'fuzz';
const answerWithin = 20_000;

export class Doors {
  readonly cluster = new TestCluster();
  private client: HttpsJson | undefined;
  private mqtt: MqttClient | undefined;
  private readonly waiting = new Map<string, (response: RpcResponse) => void>();
  private asked = 0;

  async start(): Promise<void> {
    await this.cluster.startHub();
    this.client = new HttpsJson(this.cluster.server, this.cluster.kubeconfig);
    await this.connect();
  }

  async stop(): Promise<void> {
    this.client?.close();
    await this.mqtt?.endAsync(true);
    await this.cluster.close();
  }

  get https(): HttpsJson {
    if (!this.client) throw new Error('not started');
    return this.client;
  }

  /** A request by MQTT. Rejects when there is no answer. */
  rpc(request: {
    method?: unknown;
    path?: unknown;
    body?: unknown;
    contentType?: unknown;
  }): Promise<RpcResponse> {
    this.asked += 1;
    const id = `${this.asked}`;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`no answer to ${JSON.stringify(request)}`)),
        answerWithin,
      );
      this.waiting.set(id, (response) => {
        clearTimeout(timer);
        this.waiting.delete(id);
        resolve(response);
      });
      this.publish(JSON.stringify({ id, ...request }));
    });
  }

  /** Anything at all as a request's payload. */
  publish(payload: string | Buffer): void {
    this.mqtt?.publish(rpcTopic(clientId, 'request'), payload, { qos: 1 });
  }

  /** Whether MQTT's connection still stands; one that was cut is made anew. */
  async reconnected(): Promise<boolean> {
    if (this.mqtt?.connected) return false;
    await this.mqtt?.endAsync(true);
    await this.connect();
    return true;
  }

  /** Bytes to the HTTPS port, inside TLS or without it; answers what comes back until the connection is closed. */
  async raw(bytes: string | Buffer, port = Number(new URL(this.cluster.server).port)): Promise<string> {
    const socket = connectTls({ host: '127.0.0.1', port, ca: this.cluster.ca });
    await once(socket, 'secureConnect');
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
    });
    socket.on('error', () => undefined); // being cut off is an answer too
    socket.setTimeout(2_000, () => socket.destroy());
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.write(bytes);
    await closed;
    return answer;
  }

  /** Whether the broker ends a connection that sends such bytes, within some seconds. */
  async isCutOff(bytes: Buffer): Promise<boolean> {
    const socket = connectTls({ host: '127.0.0.1', port: this.cluster.mqttPort, ca: this.cluster.ca });
    socket.on('error', () => undefined); // being cut off
    let isLate = false;
    socket.setTimeout(20_000, () => {
      isLate = true;
      socket.destroy();
    });
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.once('secureConnect', () => socket.write(bytes));
    socket.resume();
    await closed;
    return !isLate;
  }

  private async connect(): Promise<void> {
    const client = connectMqtt({
      protocol: 'mqtts',
      host: '127.0.0.1',
      port: this.cluster.mqttPort,
      ca: this.cluster.ca,
      clientId,
      username: 'fuzz',
      password: this.cluster.adminToken,
      reconnectPeriod: 0,
    });
    this.mqtt = client;
    client.on('error', () => undefined); // seen as `connected` being false
    client.on('message', (_topic, payload) => {
      const response = parseRpcResponse(payload);
      if (response) this.waiting.get(response.id)?.(response);
    });
    await new Promise<void>((resolve, reject) => {
      client.once('connect', () => resolve());
      client.once('error', reject);
    });
    if (client.stream instanceof Socket) client.stream.setNoDelay(true);
    await client.subscribeAsync(rpcTopic(clientId, 'response'), { qos: 1 });
  }
}

/** What is wrong with an answer, whatever was asked; undefined: nothing. */
export function faultOf(code: number, body: Json): string | undefined {
  if (code < 400) return undefined;
  if (code === 500 || code > 504) return `${code} ${JSON.stringify(body).slice(0, 300)}`;
  // As upstream, of paths that are not the API's.
  if (code === 404 && body === '404 page not found\n') return undefined;
  if (body?.kind !== 'Status' || body.code !== code)
    return `${code} is no Status: ${JSON.stringify(body).slice(0, 200)}`;
  return body.message ? undefined : `${code} says nothing`;
}
