// The options of a hub: one table of names, parsers, defaults and help. config/hub.yaml is a sample of it.

import { kelpHome, type OptionTable, parsers } from '../shared/base/index.ts';
import { parseDuration } from '../shared/machinery/index.ts';

export interface HubConfig {
  dataDir: string;
  store: string;
  storeCaFile: string;
  storeCertFile: string;
  storeKeyFile: string;
  storeUserFile: string;
  bind: string;
  advertise: string;
  httpsPort: number;
  mqttPort: number;
  logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace';
  serviceCidr: string;
  clusterCidr: string;
  nodeCidrMaskSize: number;
  nodeGraceSeconds: number;
  maxConnections: number;
  maxRequestsInflight: number;
  maxMutatingRequestsInflight: number;
  eventTtl: string;
  eventLimit: number;
  encryptedResources: string[];
  encryptionKeyFile: string;
  backupSchedule: string;
  backupDir: string;
  backupKeep: number;
  backupPassphraseFile: string;
  clusterKeyFile: string;
  admissionControlConfigFile: string;
  auditPolicyFile: string;
  auditLogPath: string;
  auditLogMaxAge: number;
  auditLogMaxBackup: number;
  auditLogMaxSize: number;
}

export const hubOptions: OptionTable<HubConfig> = {
  dataDir: {
    flag: '--data-dir',
    yamlKey: 'dataDir',
    parse: parsers.text,
    default: kelpHome(process.env),
    help: 'folder of the store, the certificates and admin.kubeconfig',
  },
  store: {
    flag: '--store',
    yamlKey: 'store',
    parse: parsers.text,
    default: 'embedded',
    help: 'where objects are kept: embedded (in the data folder), or etcd://host:2379[,host:2379…][/prefix], etcds:// with TLS',
  },
  storeCaFile: {
    flag: '--store-ca-file',
    yamlKey: 'storeCaFile',
    parse: parsers.text,
    default: '',
    help: 'CA certificates that etcd is checked against; empty: those of the system',
  },
  storeCertFile: {
    flag: '--store-cert-file',
    yamlKey: 'storeCertFile',
    parse: parsers.text,
    default: '',
    help: 'certificate that this hub shows to etcd',
  },
  storeKeyFile: {
    flag: '--store-key-file',
    yamlKey: 'storeKeyFile',
    parse: parsers.text,
    default: '',
    help: 'key of that certificate',
  },
  storeUserFile: {
    flag: '--store-user-file',
    yamlKey: 'storeUserFile',
    parse: parsers.text,
    default: '',
    help: 'file with name:password of the user of etcd',
  },
  bind: {
    flag: '--bind',
    yamlKey: 'bind',
    parse: parsers.text,
    default: '0.0.0.0',
    help: 'address that both doors listen at',
  },
  advertise: {
    flag: '--advertise',
    yamlKey: 'advertise',
    parse: parsers.text,
    default: '',
    help: 'name or address by which boards reach this hub; empty: the first one that is not loopback',
  },
  httpsPort: {
    flag: '--https-port',
    yamlKey: 'httpsPort',
    parse: parsers.port,
    default: 6443,
    help: 'port of the API',
  },
  mqttPort: {
    flag: '--mqtt-port',
    yamlKey: 'mqttPort',
    parse: parsers.port,
    default: 8883,
    help: 'port of the MQTT broker',
  },
  logLevel: {
    flag: '--log-level',
    yamlKey: 'logLevel',
    parse: parsers.oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace'),
    default: 'warn',
    help: 'how much is logged to stderr: fatal, error, warn, info, debug, trace',
  },
  serviceCidr: {
    yamlKey: 'serviceCidr',
    parse: parsers.text,
    default: '10.96.0.0/16',
    help: 'addresses that Services are given',
  },
  clusterCidr: {
    flag: '--cluster-cidr',
    yamlKey: 'clusterCidr',
    parse: parsers.text,
    default: '10.42.0.0/16',
    help: 'addresses of pods, of which each node is given a range; empty: nodes are given none',
  },
  nodeCidrMaskSize: {
    flag: '--node-cidr-mask-size',
    yamlKey: 'nodeCidrMaskSize',
    parse: parsers.integer(8, 30),
    default: 24,
    help: "how long the prefix of a node's range is",
  },
  nodeGraceSeconds: {
    yamlKey: 'nodeGraceSeconds',
    parse: parsers.integer(10, 86_400),
    default: 40,
    help: 'how long a node may be silent before its Ready is Unknown, seconds',
  },
  maxConnections: {
    yamlKey: 'maxConnections',
    parse: parsers.integer(1, 100_000),
    default: 4096,
    help: 'MQTT connections at once',
  },
  maxRequestsInflight: {
    flag: '--max-requests-inflight',
    yamlKey: 'maxRequestsInflight',
    parse: parsers.integer(0, 100_000),
    default: 400,
    help: 'seats for requests that are at work at once: with the other ones they are divided among priority levels',
  },
  maxMutatingRequestsInflight: {
    flag: '--max-mutating-requests-inflight',
    yamlKey: 'maxMutatingRequestsInflight',
    parse: parsers.integer(0, 100_000),
    default: 200,
    help: 'further seats, which are divided together with these; both 0: any number of requests, and no levels',
  },
  eventTtl: {
    flag: '--event-ttl',
    yamlKey: 'eventTtl',
    parse: duration,
    default: '1h',
    help: 'how long events are kept, in memory (1h30m, 24h …)',
  },
  eventLimit: {
    yamlKey: 'eventLimit',
    parse: parsers.integer(1, 1_000_000),
    default: 10_000,
    help: 'events that are kept; the oldest go first',
  },
  encryptedResources: {
    yamlKey: 'encryptedResources',
    parse: parsers.textList,
    default: ['secrets'],
    help: 'resources whose objects are encrypted at rest, e.g. secrets, tokens.example.com; an empty list: none',
  },
  clusterKeyFile: {
    flag: '--cluster-key-file',
    yamlKey: 'clusterKeyFile',
    parse: parsers.text,
    default: '',
    help: 'with etcd: file with a key (openssl rand -base64 32), the same on all hubs, that seals what they share there (key of the CA, of tokens, of Secrets)',
  },
  encryptionKeyFile: {
    flag: '--encryption-key-file',
    yamlKey: 'encryptionKeyFile',
    parse: parsers.text,
    default: '',
    help: 'file with the keys of encrypted objects, made where it is missing; empty: encryption.keys in the data folder',
  },
  backupSchedule: {
    flag: '--backup-schedule',
    yamlKey: 'backupSchedule',
    parse: parsers.text,
    default: '',
    help: "when this hub writes a backup of itself, as cron has it, e.g. '0 3 * * *'; empty: when it is asked",
  },
  backupDir: {
    flag: '--backup-dir',
    yamlKey: 'backupDir',
    parse: parsers.text,
    default: '',
    help: 'folder of those backups, best on another disk, and one for each hub; empty: backups in the data folder',
  },
  backupKeep: {
    flag: '--backup-keep',
    yamlKey: 'backupKeep',
    parse: parsers.integer(1, 100_000),
    default: 7,
    help: 'how many of them are kept',
  },
  backupPassphraseFile: {
    flag: '--backup-passphrase-file',
    yamlKey: 'backupPassphraseFile',
    parse: parsers.text,
    default: '',
    help: 'file with the passphrase that they are sealed with; empty: none, they are readable for the owner of the folder',
  },
  admissionControlConfigFile: {
    flag: '--admission-control-config-file',
    yamlKey: 'admissionControlConfigFile',
    parse: parsers.text,
    default: '',
    help: 'apiserver.config.k8s.io/v1 AdmissionConfiguration: what admission plugins (PodSecurity) are told; empty: nothing',
  },
  auditPolicyFile: {
    flag: '--audit-policy-file',
    yamlKey: 'auditPolicyFile',
    parse: parsers.text,
    default: '',
    help: 'audit.k8s.io/v1 Policy: what of which requests is logged; empty: there is no audit log',
  },
  auditLogPath: {
    flag: '--audit-log-path',
    yamlKey: 'auditLogPath',
    parse: parsers.text,
    default: '',
    help: 'file of the audit log, an event a line; - is stdout',
  },
  auditLogMaxAge: {
    flag: '--audit-log-maxage',
    yamlKey: 'auditLogMaxAge',
    parse: parsers.integer(0, 36_500),
    default: 0,
    help: 'days for which old files of the audit log are kept; 0: however old they are',
  },
  auditLogMaxBackup: {
    flag: '--audit-log-maxbackup',
    yamlKey: 'auditLogMaxBackup',
    parse: parsers.integer(0, 100_000),
    default: 10,
    help: 'how many of them are kept; 0: all',
  },
  auditLogMaxSize: {
    flag: '--audit-log-maxsize',
    yamlKey: 'auditLogMaxSize',
    parse: parsers.integer(1, 100_000),
    default: 100,
    help: 'MiB after which the audit log begins a new file',
  },
};

/** As it was written, once it is known to be a duration. */
function duration(raw: unknown): string {
  const text = parsers.text(raw);
  if (!(parseDuration(text) > 0)) throw new Error('expected a duration that is longer than nothing');
  return text;
}
