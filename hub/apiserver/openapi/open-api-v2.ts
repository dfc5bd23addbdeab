// Version 2 (Swagger): one document for everything. kubectl reads it for `explain`, for `apply` and to validate.

import { inKeyOrder, type SchemaSet } from '../../../shared/machinery/index.ts';
import { type Descriptions, definitionsOf, refTo } from './definitions.ts';
import { codeWords, type JsonSchema, type Operation, type Path, type QueryParameter } from './document.ts';
import { pathsOf, rootsOf, type TypedRow } from './paths.ts';

export type SwaggerParameter =
  | { name: string; in: 'query'; type: string; description: string; uniqueItems: true }
  | { name: string; in: 'path'; type: 'string'; description: string; required: true; uniqueItems: true }
  | { name: 'body'; in: 'body'; required?: true; schema: JsonSchema };

export interface SwaggerOperation {
  description: string;
  operationId: string;
  consumes: readonly string[];
  produces: readonly string[];
  parameters?: SwaggerParameter[];
  responses: Record<string, { description: string; schema?: JsonSchema }>;
  schemes: readonly string[];
  tags: readonly string[];
  'x-kubernetes-action': string;
  'x-kubernetes-group-version-kind'?: { group: string; kind: string; version: string };
}

export type SwaggerPath = { parameters?: SwaggerParameter[] } & Partial<
  Record<Operation['method'], SwaggerOperation>
>;

export interface Swagger {
  swagger: '2.0';
  info: { title: string; version: string };
  paths: Record<string, SwaggerPath>;
  definitions: Record<string, JsonSchema>;
}

/** The document for these rows. `version` is the server's, e.g. `v1.32.0`. */
export function openApiV2(
  rows: readonly TypedRow[],
  schemas: SchemaSet,
  descriptions: Descriptions,
  version: string,
): Swagger {
  const paths = rows.flatMap((row) => pathsOf(row).map((path) => [path.path, pathItem(path, row)] as const));
  return {
    swagger: '2.0',
    info: { title: 'Kubernetes', version },
    paths: inKeyOrder(paths),
    definitions: definitionsOf(rootsOf(rows), { version: 2, schemas, descriptions }),
  };
}

function pathItem({ parameters, operations }: Path, { row }: TypedRow): SwaggerPath {
  const tag = `${row.group.split('.')[0] || 'core'}_${row.version}`;
  const item: SwaggerPath = {};
  for (const operation of operations) item[operation.method] = operationOf(operation, tag);
  const inPath = Object.entries(parameters).map(
    ([name, description]): SwaggerParameter => ({
      name,
      in: 'path',
      type: 'string',
      description,
      required: true,
      uniqueItems: true,
    }),
  );
  if (inPath.length > 0) item.parameters = inPath;
  return item;
}

function operationOf(operation: Operation, tag: string): SwaggerOperation {
  const parameters = [...bodyOf(operation), ...operation.query.map(queryOf)];
  return {
    description: operation.description,
    operationId: operation.id,
    consumes: operation.consumes,
    produces: operation.produces,
    ...(parameters.length > 0 && { parameters }),
    responses: responsesOf(operation),
    schemes: ['https'],
    tags: [tag],
    'x-kubernetes-action': operation.action,
    ...(operation.kind && { 'x-kubernetes-group-version-kind': operation.kind }),
  };
}

function bodyOf({ body }: Operation): SwaggerParameter[] {
  if (!body) return [];
  const schema = { $ref: refTo(2, body.type) };
  return [{ name: 'body', in: 'body', ...(body.required && { required: true as const }), schema }];
}

function queryOf({ name, type, description }: QueryParameter): SwaggerParameter {
  return { name, in: 'query', type, description, uniqueItems: true };
}

function responsesOf({ answer, codes }: Operation): SwaggerOperation['responses'] {
  const schema: JsonSchema = answer ? { $ref: refTo(2, answer) } : { type: 'string' };
  const said = codes.map((code) => [code, { description: codeWords[code] ?? '', schema }] as const);
  return { ...Object.fromEntries(said), 401: { description: codeWords[401] ?? '' } };
}
