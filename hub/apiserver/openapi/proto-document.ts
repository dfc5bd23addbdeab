// The version 2 document as protocol buffers: gnostic's openapi.v2.Document (openapiv2/OpenAPIv2.proto), which kubectl asks
// for. Field numbers are that file's. Vendor extensions travel as YAML; JSON is YAML.

import type { JsonSchema } from './document.ts';
import type { Swagger, SwaggerOperation, SwaggerParameter, SwaggerPath } from './open-api-v2.ts';
import { ProtoWriter } from './proto-writer.ts';

/** openapi.v2.Document */
export function encodeDocument({ swagger, info, paths, definitions }: Swagger): Buffer {
  return new ProtoWriter()
    .text(1, swagger)
    .message(2, (writer) => writer.text(1, info.title).text(2, info.version))
    .message(8, (writer) => {
      for (const [name, item] of Object.entries(paths))
        writeNamed(writer, 2, name, (value) => writePath(value, item));
    })
    .message(9, (writer) => {
      for (const [name, schema] of Object.entries(definitions))
        writeNamed(writer, 1, name, (value) => writeSchema(value, schema));
    })
    .finish();
}

/** NamedSchema, NamedPathItem, NamedAny …: all of them a name and a value. */
function writeNamed(
  writer: ProtoWriter,
  field: number,
  name: string,
  write: (value: ProtoWriter) => void,
): void {
  writer.message(field, (named) => named.text(1, name).message(2, write));
}

/** Everything whose name starts with `x-`, as repeated NamedAny. */
function writeExtensions(writer: ProtoWriter, field: number, source: object): void {
  for (const [name, value] of Object.entries(source))
    if (name.startsWith('x-'))
      writeNamed(writer, field, name, (any) => any.text(2, `${JSON.stringify(value)}\n`));
}

const methodFields = { get: 2, put: 3, post: 4, delete: 5, patch: 8 } as const;

function writePath(writer: ProtoWriter, item: SwaggerPath): void {
  for (const method of ['get', 'put', 'post', 'delete', 'patch'] as const) {
    const operation = item[method];
    if (operation) writer.message(methodFields[method], (value) => writeOperation(value, operation));
  }
  for (const parameter of item.parameters ?? []) writeParameter(writer, 9, parameter);
}

function writeOperation(writer: ProtoWriter, operation: SwaggerOperation): void {
  writer
    .texts(1, operation.tags)
    .text(3, operation.description)
    .text(5, operation.operationId)
    .texts(6, operation.produces)
    .texts(7, operation.consumes);
  for (const parameter of operation.parameters ?? []) writeParameter(writer, 8, parameter);
  writer
    .message(9, (responses) => {
      for (const [code, { description, schema }] of Object.entries(operation.responses))
        writeNamed(responses, 1, code, (value) =>
          value.message(1, (response) => {
            response.text(1, description);
            if (schema) response.message(2, (item) => item.message(1, (inner) => writeSchema(inner, schema)));
          }),
        );
    })
    .texts(10, operation.schemes);
  writeExtensions(writer, 13, operation);
}

/** ParametersItem → Parameter → BodyParameter, or NonBodyParameter → Query- or PathParameterSubSchema. */
function writeParameter(writer: ProtoWriter, field: number, parameter: SwaggerParameter): void {
  writer.message(field, (item) =>
    item.message(1, (either) => {
      if (parameter.in === 'body') either.message(1, (body) => writeBody(body, parameter));
      else if (parameter.in === 'query')
        either.message(2, (other) =>
          other.message(3, (query) =>
            query
              .text(2, 'query')
              .text(3, parameter.description)
              .text(4, parameter.name)
              .text(6, parameter.type)
              .flag(20, parameter.uniqueItems),
          ),
        );
      else
        either.message(2, (other) =>
          other.message(4, (path) =>
            path
              .flag(1, parameter.required)
              .text(2, 'path')
              .text(3, parameter.description)
              .text(4, parameter.name)
              .text(5, parameter.type)
              .flag(19, parameter.uniqueItems),
          ),
        );
    }),
  );
}

function writeBody(writer: ProtoWriter, body: Extract<SwaggerParameter, { in: 'body' }>): void {
  writer
    .text(2, body.name)
    .text(3, body.in)
    .flag(4, body.required)
    .message(5, (schema) => writeSchema(schema, body.schema));
}

function writeSchema(writer: ProtoWriter, schema: JsonSchema): void {
  const { additionalProperties, type, items, properties } = schema;
  writer.text(1, schema.$ref).text(2, schema.format).text(4, schema.description).texts(19, schema.required);
  if (additionalProperties)
    writer.message(21, (item) => item.message(1, (value) => writeSchema(value, additionalProperties)));
  if (type) writer.message(22, (item) => item.text(1, type));
  if (items) writer.message(23, (item) => item.message(1, (value) => writeSchema(value, items)));
  if (properties)
    writer.message(25, (all) => {
      for (const [name, property] of Object.entries(properties))
        writeNamed(all, 1, name, (value) => writeSchema(value, property));
    });
  writeExtensions(writer, 31, schema);
}
