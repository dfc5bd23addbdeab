// Where brokers listen, from the data of the ConfigMap kube-public/cluster-info that everybody may read.

/** A hub of the cluster, as it stands in `hubs`. */
export interface ListedHub {
  host: string;
  httpsPort: number;
  mqttPort: number;
}

type Data = Readonly<Record<string, string>> | undefined;

/** `hubs` is there where there may be several; `mqttPort` is that of the hub that wrote it. */
export function clusterInfoHubs(hubs: readonly ListedHub[]): string {
  return JSON.stringify(hubs.map(({ host, httpsPort, mqttPort }) => ({ host, httpsPort, mqttPort })));
}

/** The hub whose API is at that URL, by the name or address that boards reach it by; undefined: it is not told. */
export function hubAt(data: Data, server: string): ListedHub | undefined {
  const { hostname, port } = new URL(server);
  const httpsPort = Number(port || 443);
  const there = listed(data).filter((hub) => hub.httpsPort === httpsPort);
  const found = there.find(({ host }) => host === hostname) ?? there[0];
  if (found) return found;
  const mqttPort = Number(data?.mqttPort);
  return Number.isInteger(mqttPort) ? { host: data?.advertise || hostname, httpsPort, mqttPort } : undefined;
}

function listed(data: Data): ListedHub[] {
  try {
    const value: unknown = JSON.parse(data?.hubs ?? '[]');
    return Array.isArray(value) ? value.filter(isListedHub) : [];
  } catch {
    return []; // somebody wrote into it by hand
  }
}

function isListedHub(value: unknown): value is ListedHub {
  if (typeof value !== 'object' || value === null) return false;
  const { host, httpsPort, mqttPort } = value as Record<string, unknown>;
  return typeof host === 'string' && Number.isInteger(httpsPort) && Number.isInteger(mqttPort);
}
