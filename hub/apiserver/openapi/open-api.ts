// Answers /openapi/v2 and /openapi/v3: which resources and types there are, for programs. Nothing of it is in memory before
// it is asked for; what was asked for is kept compressed until the resources change.

import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { loadDescriptions, loadSchemaSet, type Resource } from '../../../shared/api/index.ts';
import { ApiError, isRecord, type SchemaSet } from '../../../shared/machinery/index.ts';
import type { OtherSwagger } from './merge-swagger.ts';
import type { TypedRow } from './paths.ts';

const compress = promisify(gzip);
const decompress = promisify(gunzip);

const json = 'application/json';
const protobuf = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';
/** As clients ask for it. An answer may not be called so: `@` is not allowed in a media type. */
const askedProtobuf = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';

export interface OpenApiOptions {
  /** The rows as they are now. A row that changes is another object. */
  resources: () => readonly Resource[];
  /** The server's version, e.g. `v1.32.0`. */
  version: string;
  /** Where custom types are found; default: the built-in types, read when they are needed. */
  schemas?: () => SchemaSet;
  /** What other API servers describe, beside what is served here. */
  remote?: () => RemotePaths;
}

export interface RemotePaths {
  openApiPaths(): Promise<Record<string, { serverRelativeURL: string }>>;
  swaggers(): Promise<OtherSwagger[]>;
}

export interface OpenApiAnswer {
  /** 304: the client has it already, and the body is empty. */
  code: 200 | 304;
  body: Buffer;
  contentType: string;
  /** With its quotes. */
  etag: string;
}

interface Document {
  compressed: Buffer;
  etag: string;
}

interface Merged {
  own: Document;
  others: OtherSwagger[];
  document: Promise<Document>;
}

export class OpenApi {
  private readonly options: OpenApiOptions;
  private rows: readonly Resource[] = [];
  private documents = new Map<string, Promise<Document>>();
  /** By content type: the last one with what others describe. */
  private readonly merged = new Map<string, Merged>();

  constructor(options: OpenApiOptions) {
    this.options = options;
  }

  /**
   * The answer to a GET of `path` (with or without its query); undefined for a path that is not served.
   * `accept` and `ifNoneMatch` are the request's headers. Throws NotAcceptable.
   */
  async answer(path: string, accept = '', ifNoneMatch?: string): Promise<OpenApiAnswer | undefined> {
    const [plain = ''] = path.replace(/\/$/, '').split('?');
    const contentType = contentTypeOf(plain, accept);
    const document = await this.document(plain, contentType);
    if (!document) return undefined;
    const { etag } = document;
    const known = (ifNoneMatch ?? '').split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
    if (known) return { code: 304, body: Buffer.alloc(0), contentType, etag };
    return { code: 200, body: await decompress(document.compressed), contentType, etag };
  }

  private async document(path: string, contentType: string): Promise<Document | undefined> {
    this.forgetIfChanged();
    if (path === '/openapi/v2') return this.wholeVersion2(contentType);
    const [, name] = /^\/openapi\/v3(?:\/(.+))?$/.exec(path) ?? ['', ''];
    if (name === '') return undefined;
    if (name === undefined) return this.wholeIndex();
    return this.groupsOf().has(name) ? this.kept(name, () => this.version3(name)) : undefined;
  }

  /** With what others describe, in one document; made anew where one of them is another than the last time. */
  private async wholeVersion2(contentType: string): Promise<Document> {
    const others = (await this.options.remote?.().swaggers()) ?? [];
    if (others.length === 0) return this.kept(`v2 ${contentType}`, () => this.version2(contentType));
    const own = await this.kept(`v2 ${json}`, () => this.version2(json));
    const known = this.merged.get(contentType);
    if (known?.own === own && areSame(known.others, others)) return known.document;
    const document = mergedWith(others, own, contentType);
    this.merged.set(contentType, { own, others, document });
    document.catch(() => this.merged.delete(contentType));
    return document;
  }

  /** Others may change at any time: only what is this server's own is kept. */
  private async wholeIndex(): Promise<Document> {
    const own = await this.kept('v3', async () => Buffer.from(JSON.stringify({ paths: await this.index() })));
    const others = (await this.options.remote?.().openApiPaths()) ?? {};
    if (Object.keys(others).length === 0) return own;
    return packed(Buffer.from(JSON.stringify({ paths: { ...(await this.index()), ...others } })));
  }

  /** A row that came, went or changed makes all documents out of date. */
  private forgetIfChanged(): void {
    const rows = this.options.resources();
    const same = rows.length === this.rows.length && rows.every((row, index) => row === this.rows[index]);
    if (same) return;
    this.rows = [...rows];
    this.documents = new Map();
  }

  /** Makes a document once, however many ask at the same time. */
  private kept(name: string, make: () => Promise<Buffer>): Promise<Document> {
    const { documents } = this;
    const known = documents.get(name);
    if (known) return known;
    const made = make().then(packed);
    documents.set(name, made);
    made.catch(() => documents.delete(name));
    return made;
  }

  /** `api/v1`, `apis/apps/v1` … → their rows. */
  private groupsOf(): Map<string, Resource[]> {
    const groups = new Map<string, Resource[]>();
    for (const row of this.rows) {
      const name = row.group ? `apis/${row.group}/${row.version}` : `api/${row.version}`;
      groups.set(name, [...(groups.get(name) ?? []), row]);
    }
    return groups;
  }

  private async version2(contentType: string): Promise<Buffer> {
    const { openApiV2 } = await import('./open-api-v2.ts');
    const { schemas, descriptions } = await this.material();
    const document = openApiV2(await typed(this.rows, 2), schemas, descriptions, this.options.version);
    return encoded({ ...document }, contentType);
  }

  private async version3(name: string): Promise<Buffer> {
    const { openApiV3 } = await import('./open-api-v3.ts');
    const { schemas, descriptions } = await this.material();
    const rows = await typed(this.groupsOf().get(name) ?? [], 3);
    return Buffer.from(JSON.stringify(openApiV3(rows, schemas, descriptions, this.options.version)));
  }

  /** Each document's address says its content, so that clients can keep it. */
  private async index(): Promise<Record<string, { serverRelativeURL: string }>> {
    const paths: Record<string, { serverRelativeURL: string }> = {};
    for (const name of [...this.groupsOf().keys()].sort()) {
      const { etag } = await this.kept(name, () => this.version3(name));
      paths[name] = { serverRelativeURL: `/openapi/v3/${name}?hash=${etag.replaceAll('"', '')}` };
    }
    return paths;
  }

  private async material() {
    const [schemas, descriptions] = await Promise.all([
      this.options.schemas?.() ?? loadSchemaSet(),
      loadDescriptions(),
    ]);
    return { schemas, descriptions };
  }
}

function typed(rows: readonly Resource[], version: 2 | 3): Promise<TypedRow[]> {
  return Promise.all(
    rows.map(async (row) => {
      const { schema: type, openApi } = await row.load();
      return { row, type, ...(openApi && { schema: openApi(version) }) };
    }),
  );
}

function areSame(one: readonly OtherSwagger[], other: readonly OtherSwagger[]): boolean {
  return (
    one.length === other.length && one.every(({ document }, index) => document === other[index]?.document)
  );
}

async function mergedWith(
  others: readonly OtherSwagger[],
  own: Document,
  contentType: string,
): Promise<Document> {
  const { mergeSwagger } = await import('./merge-swagger.ts');
  const document: unknown = JSON.parse((await decompress(own.compressed)).toString());
  return packed(await encoded(mergeSwagger(isRecord(document) ? document : {}, others), contentType));
}

async function encoded(document: Record<string, unknown>, contentType: string): Promise<Buffer> {
  if (contentType === json) return Buffer.from(JSON.stringify(document));
  const { encodeDocument } = await import('./proto-document.ts');
  return encodeDocument(document);
}

async function packed(body: Buffer): Promise<Document> {
  const hash = createHash('sha512').update(body).digest('hex').toUpperCase();
  return { compressed: await compress(body), etag: `"${hash}"` };
}

/** The first of the media types that the client takes and the path has. */
function contentTypeOf(path: string, accept: string): string {
  const offered = path === '/openapi/v2' ? [json, protobuf, askedProtobuf] : [json];
  if (accept.trim() === '') return json;
  for (const part of accept.split(',')) {
    const [mediaType = ''] = part.trim().split(';');
    if (mediaType === '*/*' || mediaType === 'application/*') return json;
    if (offered.includes(mediaType)) return mediaType === askedProtobuf ? protobuf : mediaType;
  }
  const message = `only the following media types are accepted: ${offered.join(', ')}`;
  throw new ApiError('NotAcceptable', message);
}
