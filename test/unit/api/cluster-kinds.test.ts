// Kinds for storage, networks, access, admission and flow control, asked of a whole API server: what Kubernetes made of
// objects, what it refused, and the tables it showed.

import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parseAllDocuments } from 'yaml';
import { authorizeWith, rulesOf } from '../../../hub/apiserver/auth/index.ts';
import { resources } from '../../../shared/api/index.ts';
import { isRecord, type KubeObject } from '../../../shared/machinery/index.ts';
import { type ApiServerFixture, namespace, startApiServer } from '../../support/apiserver.ts';
import { defaultAuthorizers } from '../../support/default-roles.ts';
import { readJson } from '../../support/fixture.ts';

interface Case {
  note: string;
  verb: string;
  path: string;
  body?: KubeObject;
  code: number;
  reason?: string;
  message?: string;
  object?: KubeObject;
}

interface Table {
  columns: [name: string, type: string, format: string, priority: number][];
  rows: unknown[][];
}

const defaults = new URL('../../fixtures/api/cluster-kinds/defaults/', import.meta.url);
const times: Record<string, string> = {
  TIME: '2024-01-01T00:00:00Z',
  MICROTIME: '2024-01-01T00:00:00.000000Z',
};
/** What v1.32 has and the recorded version had not, and what an admission plugin and its controller will do. */
const newer: Record<string, string[]> = {
  CSIDriver: ['seLinuxMount'],
  IngressClass: ['scope'],
  NetworkPolicy: ['endPort'],
  PersistentVolume: ['finalizers', 'lastPhaseTransitionTime'],
  PersistentVolumeClaim: ['finalizers', 'dataSourceRef'],
  PriorityLevelConfiguration: ['lendablePercent'],
};

function without(value: unknown, names: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((item) => without(item, names));
  if (!isRecord(value)) return value;
  const kept = Object.entries(value).filter(([name]) => !names.includes(name));
  return Object.fromEntries(kept.map(([name, field]) => [name, without(field, names)]));
}

/** The server's own metadata differ from those of the recording. */
function comparable(object: KubeObject): unknown {
  const names = [
    'uid',
    'resourceVersion',
    'creationTimestamp',
    'managedFields',
    ...(newer[object.kind ?? ''] ?? []),
  ];
  return without(JSON.parse(JSON.stringify(object)), names);
}

function collectionOf({ apiVersion = '', kind }: KubeObject): string {
  const row = resources.find(
    (each) => each.kind === kind && [each.version, `${each.group}/${each.version}`].includes(apiVersion),
  );
  if (!row) throw new Error(`no row of ${kind}`);
  const root = row.group ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return `${root}${row.namespaced ? '/namespaces/rec' : ''}/${row.resource}`;
}

interface Recorded {
  file: string;
  posted: KubeObject;
  answered: KubeObject;
}

const recorded: Recorded[] = readdirSync(defaults).map((file) => {
  const text = readFileSync(new URL(file, defaults), 'utf8');
  const filled = text.replace(/\b(MICRO)?TIME\b/g, (placeholder) => times[placeholder] ?? placeholder);
  const [posted, answered] = parseAllDocuments(filled)
    .map((document): KubeObject | null => document.toJS())
    .filter((document) => document !== null)
    .map((document): KubeObject => JSON.parse(JSON.stringify(document)));
  if (!posted || !answered) throw new Error(`${file} has not two documents`);
  return { file, posted, answered };
});

async function start(): Promise<ApiServerFixture> {
  const authorizers = await defaultAuthorizers();
  const server = await startApiServer({
    authorize: authorizeWith(authorizers),
    rulesFor: rulesOf(authorizers),
    components: ['scheduler', 'controller-manager'].map((name) => ({ name, check: () => undefined })),
  });
  await server.must('POST', '/api/v1/namespaces', { body: namespace('rec') });
  return server;
}

describe('an object of a cluster Kind that was posted', () => {
  let server: ApiServerFixture;
  before(async () => {
    server = await start();
  });
  after(() => server.stop());

  for (const { file, posted, answered } of recorded)
    it(`is completed as upstream does: ${file}`, async () => {
      const { code, body } = await server.ask('POST', collectionOf(posted), { body: posted });
      expect(code, body.message).to.equal(201);
      if (posted.kind !== 'SelfSubjectRulesReview')
        expect(comparable(body)).to.deep.equal(comparable(answered));
    });
});

/** What stood when the changes were tried. */
const standing: KubeObject[] = readJson('api/cluster-kinds/standing.json');

/** Of the faults of one object no order is promised; of a difference between two specs, only that there is one. */
function parts(message: string | undefined): string[] {
  const text = (message ?? '').replace(/\n[-+] .*?(?=, volumeMode:|\]?$)/s, '');
  const [, head = text, list = ''] = /^(.*? is invalid: )\[?([\s\S]*?)\]?$/.exec(text) ?? [];
  return [
    head,
    ...list.split(/, (?=[a-z][\w.[\]]*: (?:Invalid|Required|Unsupported|Forbidden|Duplicate))/).sort(),
  ];
}

const cases: Case[] = readJson('api/cluster-kinds/errors.json');

describe('a request about a cluster Kind', () => {
  let empty: ApiServerFixture;
  let populated: ApiServerFixture;
  before(async () => {
    empty = await start();
    populated = await start();
    for (const body of standing) await populated.must('POST', collectionOf(body), { body });
  });
  after(() => Promise.all([empty.stop(), populated.stop()]));

  /** The revision that was sent is not recorded: it was the newest. */
  async function askedBy({ verb, path, body }: Case): Promise<{ body?: unknown }> {
    if (body === undefined) return {};
    if (verb !== 'PUT' || path.includes('/status')) return { body };
    const { code, body: now } = await populated.ask('GET', path.replace(/\?.*/, ''));
    if (code !== 200) return { body };
    const { resourceVersion } = now.metadata;
    return { body: { ...body, metadata: { ...body.metadata, resourceVersion } } };
  }

  for (const sent of cases)
    it(`is ${sent.code < 300 ? 'taken' : 'refused'}: ${sent.note}`, async () => {
      const server = sent.verb === 'PUT' ? populated : empty;
      const { code, body } = await server.ask(sent.verb, sent.path, await askedBy(sent));
      if (sent.code >= 300) expect(parts(body.message)).to.deep.equal(parts(sent.message));
      expect(code, body.message).to.equal(sent.code);
      if (sent.code >= 300) expect(body.reason).to.equal(sent.reason);
      if (sent.object) expect(comparable(body)).to.deep.equal(comparable(sent.object));
    });
});

describe('the table of a cluster Kind', () => {
  const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
  const tables: Record<string, Table> = readJson('api/cluster-kinds/tables.json');
  let server: ApiServerFixture;
  before(async () => {
    server = await start();
    for (const { posted } of recorded)
      if (!/Review$|^Event$/.test(posted.kind ?? ''))
        await server.must('POST', collectionOf(posted), { body: posted });
  });
  after(() => server.stop());

  for (const [path, { columns, rows }] of Object.entries(tables)) {
    it(`${path} has upstream's columns`, async () => {
      const { columnDefinitions } = await server.must('GET', path, { accept });
      const shown: { name: string; type: string; format: string; priority: number; description: string }[] =
        columnDefinitions;
      expect(shown.map(({ name, type, format, priority }) => [name, type, format, priority])).to.deep.equal(
        columns,
      );
      expect(shown.filter(({ description }) => !description)).to.deep.equal([]);
    });

    it(`${path} shows what upstream shows`, async () => {
      const table = await server.must('GET', path, { accept });
      const names = columns.map(([name]) => name);
      for (const { cells } of table.rows) {
        const row = rows.find(([name]) => name === cells[0]);
        if (!row || settledSince.has(String(cells[0]))) continue;
        const ages = ['Age', 'Created At'];
        const visible = (list: unknown[]) => list.filter((_, index) => !ages.includes(names[index] ?? ''));
        expect(visible(cells)).to.deep.equal(visible(row));
      }
    });
  }
});

/** Rows that show what controllers had done in the meantime. */
const settledSince = new Set(['pvc-min', 'pv-min', 'pv-rbd', 'pv-csi', 'pv-local', 'pv-sio', 'fs']);
