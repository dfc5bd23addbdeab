// Subscribes with the kubeconfig's identity and prints what comes, until Ctrl-C or --count.

import { randomBytes } from 'node:crypto';
import { deferred, UserError } from '../../../shared/base/index.ts';
import { MqttBus } from '../../../shared/bus/index.ts';
import { Api } from '../api.ts';
import type { Terminal } from '../command.ts';
import { type Access, type AccessFlags, loadAccess } from '../kubeconfig.ts';
import { reachableHub } from '../reachable-hub.ts';

export interface SubscribeFlags extends AccessFlags {
  payloadOnly?: boolean;
  count?: string;
}

export async function subscribe(filter: string, flags: SubscribeFlags, terminal: Terminal): Promise<void> {
  const wanted = countOf(flags.count);
  const access = await loadAccess(flags, terminal.env);
  const bus = new MqttBus(busOptions(access, await mqttPortOf(access)));
  const ended = deferred<Error | undefined>();
  bus.onClosed((reason) => ended.resolve(reason ?? new Error('the broker closed the connection')));
  terminal.interrupted.addEventListener('abort', () => ended.resolve(undefined));
  let seen = 0;
  try {
    await connected(bus, access);
    await bus
      .subscribe(filter, (topic, payload) => {
        if (seen >= wanted) return;
        const text = payload.toString();
        terminal.out.write(flags.payloadOnly ? `${text}\n` : `${topic} ${text}\n`);
        seen++;
        if (seen === wanted) ended.resolve(undefined);
      })
      .catch(() => {
        throw new UserError(
          `the broker refuses the filter "${filter}": it is no MQTT filter, or you may not watch all that it matches`,
        );
      });
    const reason = await ended.promise;
    if (reason) throw new UserError(`the connection to the broker is lost: ${reason.message}`);
  } finally {
    await bus.close();
  }
}

async function connected(bus: MqttBus, access: Access): Promise<void> {
  try {
    await bus.connect();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UserError(`can't connect to the MQTT broker at ${new URL(access.server).hostname}: ${why}`);
  }
}

function busOptions(access: Access, port: number) {
  const { ca, certificate, token } = access;
  if (!ca)
    throw new UserError(
      'the kubeconfig has no CA of the cluster: use the admin.kubeconfig that the hub wrote',
    );
  return {
    address: () => ({ host: new URL(access.server).hostname.replace(/^\[|\]$/g, ''), port }),
    clientId: `kelp-cli-${randomBytes(6).toString('hex')}`,
    tls: { ca, ...(certificate && { cert: certificate.cert, key: certificate.key }) },
    ...(token && { token }),
  };
}

/** The hub says at which port its broker listens. */
async function mqttPortOf(access: Access): Promise<number> {
  const api = new Api(access);
  try {
    return (await reachableHub(api)).mqttPort;
  } finally {
    api.close();
  }
}

function countOf(text: string | undefined): number {
  if (text === undefined) return Number.POSITIVE_INFINITY;
  const count = Number(text);
  if (Number.isInteger(count) && count > 0) return count;
  throw new UserError(`--count ${text}: must be a whole number above 0`);
}
