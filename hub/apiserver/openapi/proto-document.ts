// The version 2 document as protocol buffers: gnostic's openapi.v2.Document (openapiv2/OpenAPIv2.proto), which kubectl asks
// for. Field numbers are that file's. Vendor extensions travel as YAML; JSON is YAML. Other API servers describe themselves
// too: what is not as it should be is left out.

import { isRecord } from '../../../shared/machinery/index.ts';
import { ProtoWriter } from './proto-writer.ts';

type Json = Record<string, unknown>;

const recordOf = (value: unknown): Json => (isRecord(value) ? value : {});
const recordsOf = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isRecord) : []);
const textOf = (value: unknown) => (typeof value === 'string' ? value : undefined);
const textsOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
const numberOf = (value: unknown) => (typeof value === 'number' ? value : undefined);

/** openapi.v2.Document */
export function encodeDocument({ swagger, info, paths, definitions }: Json): Buffer {
  const { title, version } = recordOf(info);
  return new ProtoWriter()
    .text(1, textOf(swagger))
    .message(2, (writer) => writer.text(1, textOf(title)).text(2, textOf(version)))
    .message(8, (writer) => {
      for (const [name, item] of Object.entries(recordOf(paths)))
        writeNamed(writer, 2, name, (value) => writePath(value, recordOf(item)));
    })
    .message(9, (writer) => {
      for (const [name, schema] of Object.entries(recordOf(definitions)))
        writeNamed(writer, 1, name, (value) => writeSchema(value, recordOf(schema)));
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

/** Any: whatever it is, as YAML. */
function writeAny(writer: ProtoWriter, value: unknown): void {
  writer.text(2, `${JSON.stringify(value)}\n`);
}

/** Everything whose name starts with `x-`, as repeated NamedAny. */
function writeExtensions(writer: ProtoWriter, field: number, source: Json): void {
  for (const [name, value] of Object.entries(source))
    if (name.startsWith('x-')) writeNamed(writer, field, name, (any) => writeAny(any, value));
}

const methodFields = { get: 2, put: 3, post: 4, delete: 5, options: 6, head: 7, patch: 8 } as const;

function writePath(writer: ProtoWriter, item: Json): void {
  for (const [method, field] of Object.entries(methodFields)) {
    const operation = item[method];
    if (isRecord(operation)) writer.message(field, (value) => writeOperation(value, operation));
  }
  for (const parameter of recordsOf(item.parameters)) writeParameter(writer, 9, parameter);
}

function writeOperation(writer: ProtoWriter, operation: Json): void {
  writer
    .texts(1, textsOf(operation.tags))
    .text(3, textOf(operation.description))
    .text(5, textOf(operation.operationId))
    .texts(6, textsOf(operation.produces))
    .texts(7, textsOf(operation.consumes));
  for (const parameter of recordsOf(operation.parameters)) writeParameter(writer, 8, parameter);
  writer
    .message(9, (responses) => {
      for (const [code, response] of Object.entries(recordOf(operation.responses)))
        writeNamed(responses, 1, code, (value) => writeResponse(value, recordOf(response)));
    })
    .texts(10, textsOf(operation.schemes));
  writeExtensions(writer, 13, operation);
}

/** ResponseValue → Response → SchemaItem → Schema */
function writeResponse(writer: ProtoWriter, { description, schema }: Json): void {
  writer.message(1, (response) => {
    response.text(1, textOf(description));
    if (isRecord(schema))
      response.message(2, (item) => item.message(1, (inner) => writeSchema(inner, schema)));
  });
}

/** Where in NonBodyParameter it stands, and where in there its type and `uniqueItems` are. */
const nonBody = {
  header: { field: 1, type: 5, unique: 19 },
  formData: { field: 2, type: 6, unique: 20 },
  query: { field: 3, type: 6, unique: 20 },
  path: { field: 4, type: 5, unique: 19 },
} as const;

function isNonBody(place: unknown): place is keyof typeof nonBody {
  return typeof place === 'string' && Object.hasOwn(nonBody, place);
}

/** ParametersItem → JsonReference, or Parameter → BodyParameter, or NonBodyParameter → one for each place. */
function writeParameter(writer: ProtoWriter, field: number, parameter: Json): void {
  const { $ref, in: place, name, description, required, schema, type, uniqueItems } = parameter;
  writer.message(field, (item) => {
    if (typeof $ref === 'string') item.message(2, (reference) => reference.text(1, $ref));
    else if (place === 'body')
      item.message(1, (either) =>
        either.message(1, (body) =>
          body
            .text(1, textOf(description))
            .text(2, textOf(name))
            .text(3, place)
            .flag(4, required === true)
            .message(5, (inner) => writeSchema(inner, recordOf(schema))),
        ),
      );
    else if (isNonBody(place))
      item.message(1, (either) =>
        either.message(2, (other) =>
          other.message(nonBody[place].field, (own) =>
            own
              .flag(1, required === true)
              .text(2, place)
              .text(3, textOf(description))
              .text(4, textOf(name))
              .text(nonBody[place].type, textOf(type))
              .flag(nonBody[place].unique, uniqueItems === true),
          ),
        ),
      );
  });
}

function writeSchema(writer: ProtoWriter, schema: Json): void {
  const { additionalProperties, type, items, properties, enum: choices } = schema;
  writer
    .text(1, textOf(schema.$ref))
    .text(2, textOf(schema.format))
    .text(3, textOf(schema.title))
    .text(4, textOf(schema.description));
  if (schema.default !== undefined) writer.message(5, (value) => writeAny(value, schema.default));
  writer
    .double(6, numberOf(schema.multipleOf))
    .double(7, numberOf(schema.maximum))
    .flag(8, schema.exclusiveMaximum === true)
    .double(9, numberOf(schema.minimum))
    .flag(10, schema.exclusiveMinimum === true)
    .integer(11, numberOf(schema.maxLength))
    .integer(12, numberOf(schema.minLength))
    .text(13, textOf(schema.pattern))
    .integer(14, numberOf(schema.maxItems))
    .integer(15, numberOf(schema.minItems))
    .flag(16, schema.uniqueItems === true)
    .integer(17, numberOf(schema.maxProperties))
    .integer(18, numberOf(schema.minProperties))
    .texts(19, textsOf(schema.required));
  for (const choice of Array.isArray(choices) ? choices : [])
    writer.message(20, (value) => writeAny(value, choice));
  if (isRecord(additionalProperties))
    writer.message(21, (item) => item.message(1, (value) => writeSchema(value, additionalProperties)));
  else if (additionalProperties === true) writer.message(21, (item) => item.flag(2, true));
  const types = typeof type === 'string' ? [type] : textsOf(type);
  if (types.length > 0) writer.message(22, (item) => item.texts(1, types));
  if (isRecord(items)) writer.message(23, (item) => item.message(1, (value) => writeSchema(value, items)));
  for (const part of recordsOf(schema.allOf)) writer.message(24, (value) => writeSchema(value, part));
  if (isRecord(properties))
    writer.message(25, (all) => {
      for (const [name, property] of Object.entries(properties))
        writeNamed(all, 1, name, (value) => writeSchema(value, recordOf(property)));
    });
  writer.flag(27, schema.readOnly === true);
  if (schema.example !== undefined) writer.message(30, (value) => writeAny(value, schema.example));
  writeExtensions(writer, 31, schema);
}
