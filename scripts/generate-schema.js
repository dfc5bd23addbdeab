// Writes shared/api/generated/schema.json (the structure of the API's types) and descriptions.json (their words) from the
// installed type packages. Deterministic: the same packages give the same bytes. Does nothing when its output is newer.
//
// @kubernetes/client-node has every type with its formats, under class names (V1PodSpec, CoreV1Event); kubernetes-types
// says which package a type belongs to and which fields are quantities; scripts/schema/ holds what neither says.

import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { laterFields } from './schema/later-fields.js';
import { listSemantics } from './schema/list-semantics.js';
import { metricsTypes } from './schema/metrics-types.js';
import { pointerFields } from './schema/pointer-fields.js';
import { writtenFields } from './schema/written-fields.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const models = join(root, 'node_modules/@kubernetes/client-node/dist/gen/models');
const typesFolder = join(root, 'node_modules/kubernetes-types');
const tables = join(root, 'scripts/schema');
const output = join(root, 'shared/api/generated');

/** Packages whose types do not live under io.k8s.api. */
const packagePrefixes = {
  meta: 'io.k8s.apimachinery.pkg.apis.meta',
  apiextensions: 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions',
  apiregistration: 'io.k8s.kube-aggregator.pkg.apis.apiregistration',
};

const scalars = ['string', 'boolean', 'integer', 'number'];

/** What kubernetes-types leaves out and no mention places rightly. */
const furtherTypes = {
  apiregistration: { v1: ['APIService', 'APIServiceList'] },
  meta: { v1: ['FieldSelectorRequirement'] },
};

if (process.argv[1] === fileURLToPath(import.meta.url)) generateSchema();

/** Generates both files unless they are up to date; `force` generates them anyway. Prints one line when it did. */
export function generateSchema({ force = false, folder = output } = {}) {
  if (!force && upToDate(folder)) return false;
  const { schema, descriptions } = readSchema();
  mkdirSync(folder, { recursive: true });
  replaceFile(join(folder, 'schema.json'), byLine(schema));
  replaceFile(join(folder, 'descriptions.json'), byLine(descriptions));
  console.log(`schema: ${Object.keys(schema).length} types`);
  return true;
}

function upToDate(folder) {
  try {
    const written = Math.min(
      ...['schema.json', 'descriptions.json'].map((name) => statSync(join(folder, name)).mtimeMs),
    );
    const inputs = [
      fileURLToPath(import.meta.url),
      ...readdirSync(tables).map((table) => join(tables, table)),
      join(models, '../../../package.json'),
      join(typesFolder, 'package.json'),
    ];
    return inputs.every((input) => statSync(input).ctimeMs < written);
  } catch (error) {
    if (error.code === 'ENOENT') return false;
    throw error;
  }
}

/** One entry a line: small, and a change of the packages shows as a readable difference. */
function byLine(entries) {
  const lines = Object.keys(entries)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${JSON.stringify(entries[key])}`);
  return `{\n${lines.join(',\n')}\n}\n`;
}

/** Two builds at once must not see half a file. */
function replaceFile(path, text) {
  const unfinished = `${path}.${process.pid}`;
  writeFileSync(unfinished, text);
  renameSync(unfinished, path);
}

function readSchema() {
  const types = readTypesPackage();
  const known = new Set(readdirSync(models));
  const schema = {};
  const descriptions = {};
  const queue = [...types.values()].filter(({ version }) => /^v\d+$/.test(version));
  const seen = new Set(queue.map(nameOf));
  const reach = (type) => {
    if (!seen.has(nameOf(type))) {
      seen.add(nameOf(type));
      queue.push(type);
    }
  };
  for (const type of queue) {
    const className = classOf(type, known);
    if (!className) continue;
    const { attributes, words } = readModel(className);
    const context = { type, types, known, reach };
    schema[nameOf(type)] = objectType(attributes, words, context);
    descriptions[nameOf(type)] = wordsOf(attributes, words, type);
  }
  refuseUnknownTypes(schema);
  for (const [name, type] of Object.entries(metricsTypes)) {
    schema[name] = type.schema;
    descriptions[name] = type.words;
  }
  const served = reachable(schema);
  return { schema: served, descriptions: descriptionsOf(served, descriptions) };
}

/** A name in the hand-written tables that the packages don't know is a slip of the pen. */
function refuseUnknownTypes(schema) {
  const written = [
    ...Object.entries(listSemantics).flatMap(([path, types]) =>
      Object.keys(types).map((type) => `${path}.${type}`),
    ),
    ...[laterFields, pointerFields, writtenFields].flatMap(Object.keys),
  ];
  for (const path of written) {
    const [folder, version, name] = path.split('.');
    if (!schema[nameOf({ package: folder, version, name })]) throw new Error(`no type ${path}`);
  }
}

/** What kubernetes-types exports: `package.version.Type` → {package, version, name, fields: name → {type, description}}. */
function readTypesPackage() {
  const types = new Map();
  const add = (type) => types.set(`${type.package}.${type.version}.${type.name}`, type);
  for (const folder of readdirSync(typesFolder, { withFileTypes: true })) {
    if (!folder.isDirectory() || folder.name === 'api') continue;
    for (const file of readdirSync(join(typesFolder, folder.name)).sort()) {
      const version = file.replace('.d.ts', '');
      const text = readFileSync(join(typesFolder, folder.name, file), 'utf8');
      for (const [, name, body] of text.matchAll(/export (?:interface|class) (\w+)[^{]*\{\n(.*?)\n\}/gs))
        add({ package: folder.name, version, name, fields: fieldsOf(body) });
    }
  }
  for (const [folder, versions] of Object.entries(furtherTypes))
    for (const [version, names] of Object.entries(versions))
      for (const name of names) add({ package: folder, version, name, fields: {} });
  return types;
}

function fieldsOf(body) {
  const fields = {};
  const declaration =
    /(?:^ {4}\/\*\*((?:(?!\*\/).)*)\*\/\n)?^ {4}"?([\w$-]+)"?(\??): (.*?);$(?=\n {4}\S|\n?$(?!\n))/gms;
  for (const [, comment = '', name, , type] of body.matchAll(declaration))
    fields[name] = { type, description: comment.replace(/\s*\n\s*\* ?/g, ' ').trim() };
  return fields;
}

function nameOf({ package: folder, version, name }) {
  return `${packagePrefixes[folder] ?? `io.k8s.api.${folder}`}.${version}.${name}`;
}

/** The client's class of a type: prefixed with its package where two packages have a type of that name. */
function classOf({ package: folder, version, name }, known) {
  const upper = (word) => word[0].toUpperCase() + word.slice(1);
  const candidates = [`${upper(folder)}${upper(version)}${name}`, `${upper(version)}${name}`];
  return candidates.find((candidate) => known.has(`${candidate}.js`));
}

/** Attributes as the class lists them, and from its declaration what is required, and the descriptions. */
function readModel(className) {
  const code = readFileSync(join(models, `${className}.js`), 'utf8');
  const attributes = JSON.parse(/attributeTypeMap = (\[.*?\n?\]);/s.exec(code)[1]);
  const declaration = readFileSync(join(models, `${className}.d.ts`), 'utf8');
  const [, comment, body] =
    /(?:\/\*\*((?:(?!\*\/).)*)\*\/\s*)?export declare class \w+ \{(.*?)static readonly discriminator/s.exec(
      declaration,
    );
  const words = { '': { description: plain(comment) } };
  const field = /(?:\/\*\*((?:(?!\*\/).)*)\*\/\s*)?^ {4}'([^']+)'(\??): /gms;
  for (const [, text, name, optional] of body.matchAll(field))
    words[name] = { description: plain(text), required: !optional };
  return { attributes, words };
}

/** A comment's text without its frame and the generator's escapes. */
function plain(comment = '') {
  return comment
    .replace(/^\s*\* ?/gm, '')
    .trim()
    .replace(/\\(['"`\\])/g, '$1')
    .replaceAll('*_/', '*/');
}

function objectType(attributes, words, context) {
  const { type } = context;
  const path = `${type.package}.${type.version}`;
  const semantics = listSemantics[path]?.[type.name] ?? {};
  const later = laterFields[`${path}.${type.name}`] ?? [];
  const pointers = pointerFields[`${path}.${type.name}`] ?? [];
  const properties = {};
  const required = [];
  for (const { name, baseName, type: text, format } of attributes) {
    if (later.includes(baseName)) continue;
    const quantity = /\bQuantity\b/.test(type.fields[baseName]?.type ?? '');
    const field = fieldType(text, quantity ? 'quantity' : format, context);
    if (pointers.includes(baseName) && scalars.includes(field.type)) field.pointer = true;
    properties[baseName] = withSemantics(field, semantics[baseName]);
    if (words[name]?.required) required.push(baseName);
  }
  for (const field of Object.keys(semantics))
    if (field !== '.' && !properties[field]) throw new Error(`${path}.${type.name} has no field ${field}`);
  const zero = zeroOf(`${path}.${type.name}`, { properties, required });
  return {
    properties,
    required,
    ...(Object.keys(zero).length > 0 && { zero }),
    ...(semantics['.'] && { mapType: 'atomic' }),
  };
}

/** What is written of fields in which nothing is: those without `omitempty`, structs, and times that are no pointers. */
function zeroOf(path, { properties, required }) {
  const written = writtenFields[path] ?? [];
  const pointers = pointerFields[path] ?? [];
  for (const field of [...written, ...pointers])
    if (!properties[field]) throw new Error(`${path} has no field ${field}`);
  const isKind = properties.apiVersion && properties.kind && properties.metadata;
  const isWritten = (field, { type, format }) =>
    required.includes(field) ||
    written.includes(field) ||
    (format?.startsWith('date-time') && !pointers.includes(field)) ||
    (isKind && type === 'ref' && ['metadata', 'spec', 'status'].includes(field));
  return Object.fromEntries(
    Object.entries(properties)
      .filter(([field, type]) => isWritten(field, type))
      .map(([field, type]) => [field, pointers.includes(field) ? null : zeroValue(type)]),
  );
}

/** A struct is empty here: what is in it, its own type says. */
function zeroValue({ type, format }) {
  switch (type) {
    case 'string':
      return { 'int-or-string': 0, quantity: '0' }[format] ?? (format ? null : '');
    case 'boolean':
      return false;
    case 'integer':
    case 'number':
      return 0;
    case 'ref':
      return {};
    default:
      return null;
  }
}

function fieldType(text, format, context) {
  const array = /^Array<(.*)>$/.exec(text);
  if (array) return { type: 'array', items: fieldType(array[1], format, context) };
  const map = /^\{ \[key: string\]: (.*); \}$/.exec(text);
  if (map) return { type: 'map', values: fieldType(map[1], format, context) };
  switch (text) {
    case 'string':
      return format === 'byte' || format === 'quantity' ? { type: 'string', format } : { type: 'string' };
    case 'boolean':
      return { type: 'boolean' };
    case 'number':
      return format === 'double' ? { type: 'number' } : { type: 'integer', format };
    case 'Date':
      return { type: 'string', format: 'date-time' };
    case 'V1MicroTime':
      return { type: 'string', format: 'date-time-micro' };
    case 'IntOrString':
      return { type: 'string', format: 'int-or-string' };
    case 'any':
      return { type: 'any' };
    default:
      return { type: 'ref', name: refersTo(text, context) };
  }
}

/** The API's name of a class that another type mentions. A class that no package lists belongs with who mentions it. */
function refersTo(className, { type, types, known, reach }) {
  const bare = className.replace(/^[A-Z][a-z]*(?=V\d+)/, '');
  const [, version, name] = /^(V\d+(?:(?:alpha|beta)\d+)?)([A-Z]\w*)$/.exec(bare);
  const homes = [type.package, 'meta', 'core', ...new Set([...types.values()].map((other) => other.package))];
  const home = homes.find((folder) => {
    const other = types.get(`${folder}.${version.toLowerCase()}.${name}`);
    return other && classOf(other, known) === className;
  });
  const target = home
    ? types.get(`${home}.${version.toLowerCase()}.${name}`)
    : { package: type.package, version: version.toLowerCase(), name, fields: {} };
  if (!known.has(`${className}.js`)) throw new Error(`no model of ${className}`);
  reach(target);
  return nameOf(target);
}

function withSemantics(field, words) {
  if (!words) return field;
  const result = { ...field };
  for (const word of words.split(' ')) {
    const [term, value] = word.split('=');
    if (term === 'merge')
      Object.assign(result, { patchStrategy: 'merge', ...(value && { mergeKey: value }) });
    else if (term === 'map') Object.assign(result, listMap(value));
    else if (term === 'retainKeys' && field.type === 'array')
      result.items = { ...field.items, retainKeys: true };
    else if (term === 'retainKeys') result.retainKeys = true;
    else if (term === 'empty') result.tellsEmpty = true;
    else if (field.type === 'array') result.listType = term;
    else result.mapType = term;
  }
  return result;
}

/** `port,protocol:TCP`: the keys of a list of maps, some with the value of an item that leaves the key out. */
function listMap(keys) {
  const pairs = keys.split(',').map((key) => key.split(':'));
  const defaults = pairs.filter(([, standing]) => standing !== undefined);
  return {
    listType: 'map',
    listMapKeys: pairs.map(([key]) => key),
    ...(defaults.length > 0 && { keyDefaults: Object.fromEntries(defaults) }),
  };
}

function wordsOf(attributes, words, type) {
  const properties = {};
  for (const { name, baseName, type: text } of attributes) {
    const own = type.fields[baseName]?.description;
    // Of these two the client repeats what the type is, and leaves out what the field is for.
    const generic = text === 'IntOrString' || text === 'V1MicroTime';
    const description = (generic && own) || words[name]?.description || own;
    if (description) properties[baseName] = description;
  }
  return { description: words[''].description, properties };
}

/** Without what only a field mentioned that is not served: every Kind, and everything a Kind is made of. */
function reachable(schema) {
  const kept = {};
  const keep = (name) => {
    if (kept[name]) return;
    kept[name] = schema[name];
    for (const field of Object.values(schema[name].properties)) for (const ref of refsIn(field)) keep(ref);
  };
  for (const [name, { properties }] of Object.entries(schema))
    if (properties.apiVersion || name.startsWith(packagePrefixes.meta)) keep(name);
  return kept;
}

function refsIn(field) {
  if (field.type === 'ref') return [field.name];
  const inner = field.items ?? field.values;
  return inner ? refsIn(inner) : [];
}

function descriptionsOf(served, descriptions) {
  const result = {};
  for (const [name, { properties }] of Object.entries(served)) {
    const { description, properties: words } = descriptions[name];
    const kept = Object.entries(words).filter(([field]) => properties[field]);
    result[name] = { description, properties: Object.fromEntries(kept) };
  }
  return result;
}
