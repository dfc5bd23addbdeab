// The operations that resources have in common: one function for each verb of the API.

import type { Verb } from '../../../shared/api/index.ts';
import { patchType } from './definitions.ts';
import type { Operation } from './document.ts';
import {
  deleteCollectionParameters,
  deleteParameters,
  listParameters,
  logParameters,
  patchParameters,
  writeParameters,
} from './parameters.ts';

export const metaTypes = 'io.k8s.apimachinery.pkg.apis.meta.v1';
export const statusType = `${metaTypes}.Status`;
export const deleteOptions = `${metaTypes}.DeleteOptions`;

/** An operation before it is that of a resource: `word` begins its id, `verb` says which rows have it. */
export type Form = Omit<Operation, 'id' | 'kind'> & { verb: Verb; word: string };

const json = 'application/json';
const readable = [json, 'application/yaml'];
const patches = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
];
const anything = ['*/*'];

export function listForm(type: string, kind: string): Form {
  return {
    verb: 'list',
    word: 'list',
    method: 'get',
    action: 'list',
    description: `list or watch objects of kind ${kind}`,
    query: listParameters,
    consumes: anything,
    produces: [...readable, `${json};stream=watch`],
    answer: `${type}List`,
    codes: [200],
  };
}

export function createForm(type: string, what: string): Form {
  return {
    verb: 'create',
    word: 'create',
    method: 'post',
    action: 'post',
    description: `create ${what}`,
    query: writeParameters,
    body: { type, required: true },
    consumes: anything,
    produces: readable,
    answer: type,
    codes: [200, 201, 202],
  };
}

export function deleteCollectionForm(kind: string): Form {
  return {
    verb: 'deletecollection',
    word: 'deleteCollection',
    method: 'delete',
    action: 'deletecollection',
    description: `delete collection of ${kind}`,
    query: deleteCollectionParameters,
    body: { type: deleteOptions, required: false },
    consumes: anything,
    produces: readable,
    answer: statusType,
    codes: [200],
  };
}

export function readForm(type: string, what: string): Form {
  return {
    verb: 'get',
    word: 'read',
    method: 'get',
    action: 'get',
    description: `read ${what}`,
    query: [],
    consumes: anything,
    produces: readable,
    answer: type,
    codes: [200],
  };
}

export function replaceForm(type: string, what: string): Form {
  return {
    verb: 'update',
    word: 'replace',
    method: 'put',
    action: 'put',
    description: `replace ${what}`,
    query: writeParameters,
    body: { type, required: true },
    consumes: anything,
    produces: readable,
    answer: type,
    codes: [200, 201],
  };
}

export function patchForm(type: string, what: string): Form {
  return {
    verb: 'patch',
    word: 'patch',
    method: 'patch',
    action: 'patch',
    description: `partially update ${what}`,
    query: patchParameters,
    body: { type: patchType, required: true },
    consumes: patches,
    produces: readable,
    answer: type,
    codes: [200, 201],
  };
}

export function deleteForm(kind: string): Form {
  return {
    verb: 'delete',
    word: 'delete',
    method: 'delete',
    action: 'delete',
    description: `delete a ${kind}`,
    query: deleteParameters,
    body: { type: deleteOptions, required: false },
    consumes: anything,
    produces: readable,
    answer: statusType,
    codes: [200, 202],
  };
}

/** Plain text. */
export function logForm(what: string): Form {
  const { answer: _, ...read } = readForm('', what);
  return { ...read, query: logParameters, produces: ['text/plain', json] };
}

/** A stream, opened by either method. */
export function connectForms(what: string): Form[] {
  const { answer: _, ...read } = readForm('', what);
  const connect = { ...read, action: 'connect', produces: anything };
  return [
    { ...connect, word: 'connectGet', method: 'get', description: `connect GET requests to ${what}` },
    { ...connect, word: 'connectPost', method: 'post', description: `connect POST requests to ${what}` },
  ];
}
