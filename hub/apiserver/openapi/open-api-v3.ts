// Version 3: an index, and one document for each group and version. kubectl since v1.24 reads these.

import { inKeyOrder, type SchemaSet } from '../../../shared/machinery/index.ts';
import { type Descriptions, definitionsOf, refTo } from './definitions.ts';
import { codeWords, type JsonSchema, type Operation, type Path } from './document.ts';
import { pathsOf, rootsOf, type TypedRow } from './paths.ts';

interface Parameter {
  name: string;
  in: 'query' | 'path';
  description: string;
  required?: true;
  schema: { type: string; uniqueItems: true };
}

type Content = Record<string, { schema: JsonSchema }>;

interface OperationObject {
  tags: string[];
  description: string;
  operationId: string;
  parameters?: Parameter[];
  requestBody?: { content: Content; required?: true };
  responses: Record<string, { description: string; content?: Content }>;
  'x-kubernetes-action': string;
  'x-kubernetes-group-version-kind'?: { group: string; kind: string; version: string };
}

type PathItem = { parameters?: Parameter[] } & Partial<Record<Operation['method'], OperationObject>>;

export interface OpenApi3 {
  openapi: '3.0.0';
  info: { title: string; version: string };
  paths: Record<string, PathItem>;
  components: { schemas: Record<string, JsonSchema> };
}

/** The document for the rows of one group and version. */
export function openApiV3(
  rows: readonly TypedRow[],
  schemas: SchemaSet,
  descriptions: Descriptions,
  version: string,
): OpenApi3 {
  const paths = rows.flatMap((row) => pathsOf(row).map((path) => [path.path, pathItem(path, row)] as const));
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version },
    paths: inKeyOrder(paths),
    components: { schemas: definitionsOf(rootsOf(rows), { version: 3, schemas, descriptions }) },
  };
}

function pathItem({ parameters, operations }: Path, { row }: TypedRow): PathItem {
  const tag = `${row.group.split('.')[0] || 'core'}_${row.version}`;
  const item: PathItem = {};
  for (const operation of operations) item[operation.method] = operationOf(operation, tag);
  const inPath = Object.entries(parameters).map(
    ([name, description]): Parameter => ({
      name,
      in: 'path',
      description,
      required: true,
      schema: { type: 'string', uniqueItems: true },
    }),
  );
  if (inPath.length > 0) item.parameters = inPath;
  return item;
}

function operationOf(operation: Operation, tag: string): OperationObject {
  const parameters = operation.query.map(
    ({ name, description, type }): Parameter => ({
      name,
      in: 'query',
      description,
      schema: { type, uniqueItems: true },
    }),
  );
  const { body } = operation;
  return {
    tags: [tag],
    description: operation.description,
    operationId: operation.id,
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: {
        content: contentOf(operation.consumes, { $ref: refTo(3, body.type) }),
        ...(body.required && { required: true as const }),
      },
    }),
    responses: responsesOf(operation),
    'x-kubernetes-action': operation.action,
    ...(operation.kind && { 'x-kubernetes-group-version-kind': operation.kind }),
  };
}

function contentOf(mediaTypes: readonly string[], schema: JsonSchema): Content {
  return Object.fromEntries(mediaTypes.map((mediaType) => [mediaType, { schema }]));
}

function responsesOf({ answer, codes, produces }: Operation): OperationObject['responses'] {
  const schema: JsonSchema = answer ? { $ref: refTo(3, answer) } : { type: 'string' };
  const said = codes.map((code) => {
    const response = { description: codeWords[code] ?? '', content: contentOf(produces, schema) };
    return [code, response] as const;
  });
  return { ...Object.fromEntries(said), 401: { description: codeWords[401] ?? '' } };
}
