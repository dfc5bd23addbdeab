// By which name or address boards reach this hub.

import { networkInterfaces } from 'node:os';

const everywhere = ['0.0.0.0', '::'];

/** What is advertised, else what is bound, else the first address that is not loopback, else loopback. */
export function advertisedHost({ advertise, bind }: { advertise: string; bind: string }): string {
  if (advertise) return advertise;
  if (!everywhere.includes(bind)) return bind;
  return machineAddress() ?? '127.0.0.1';
}

/** The first address of this machine that is not loopback; undefined: it has no other. */
export function machineAddress(): string | undefined {
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return own.find(({ internal, family }) => !internal && family === 'IPv4')?.address;
}

/** Where this machine itself reaches the hub. */
export function localHost({ bind }: { bind: string }): string {
  return everywhere.includes(bind) ? '127.0.0.1' : bind;
}

/** An address as it stands in a URL. */
export function inUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
