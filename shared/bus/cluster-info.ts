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

/** The port of the broker beside the API at that URL; undefined: it is not told. */
export function brokerPort(data: Data, server: string): number | undefined {
  const { hostname, port } = new URL(server);
  const httpsPort = Number(port || 443);
  const beside = listed(data).filter((hub) => hub.httpsPort === httpsPort);
  const found = beside.find(({ host }) => host === hostname) ?? beside[0];
  const mqttPort = found?.mqttPort ?? Number(data?.mqttPort);
  return Number.isInteger(mqttPort) ? mqttPort : undefined;
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
