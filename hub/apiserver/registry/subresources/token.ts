// serviceaccounts/token: a token for an account, for a time, perhaps bound to a pod, Secret or node with which it ends
// (upstream's pkg/registry/core/serviceaccount/storage/token.go). Nothing is stored.

import { randomUUID } from 'node:crypto';
import type { TokenRequest } from 'kubernetes-types/authentication/v1';
import {
  type Node,
  nodes,
  type Pod,
  pods,
  type Resource,
  secrets,
  serviceaccounts,
} from '../../../../shared/api/index.ts';
import {
  ApiError,
  conflict,
  type FieldError,
  FieldPath,
  faults,
  formatTime,
  invalid,
  type KubeObject,
  type Live,
  notFound,
} from '../../../../shared/machinery/index.ts';
import { isLiveOf, type Kind, metaOf } from '../../kind.ts';
import type { ApiRequest } from '../../request.ts';
import { noSuchResource } from '../../rest-path.ts';
import { apiAudiences, type BoundClaims } from '../../service-accounts/index.ts';
import { decodeBody } from '../decode-body.ts';
import { get } from '../read.ts';
import type { RegistryParts } from '../registry-parts.ts';
import { parseWriteOptions } from '../write-options.ts';
import { isTokenRequest, tokenRequestForm } from './form.ts';

type Bound = Partial<Pick<BoundClaims, 'pod' | 'secret' | 'node'>>;

const group = 'authentication.k8s.io';
const defaultSeconds = 3600;
const fewestSeconds = 600;
const mostSeconds = 2 ** 32;
/** What a kubelet asks for a pod's volume: such tokens live on for a year, and their use past this time is to be noticed. */
const projectedSeconds = 3607;
const extendedSeconds = 365 * 24 * 3600;

/** Answers the TokenRequest with its status. Throws NotFound, Invalid, BadRequest, Conflict, and what admission throws. */
export async function requestToken(
  parts: RegistryParts,
  kind: Kind,
  request: ApiRequest,
): Promise<TokenRequest> {
  const { tokens, clock, admission } = parts;
  if (!tokens) throw noSuchResource();
  const { fieldValidation } = parseWriteOptions(request.query, 'CreateOptions');
  const { object } = decodeBody(parts, tokenRequestForm, request, fieldValidation);
  if (!isTokenRequest(object)) throw new TypeError('the form of a TokenRequest is something else');
  settleMeta(object, request);
  const account = await get(parts, kind, request);
  if (!isLiveOf(serviceaccounts, account)) throw new TypeError('only service accounts have tokens');
  for (const plugin of admission) await plugin.admit?.(request, object);
  object.spec = { ...object.spec, audiences: audiencesOf(object) };
  object.spec.expirationSeconds ??= defaultSeconds;
  const seconds = object.spec.expirationSeconds;
  const found = lifetimeFaults(seconds);
  if (found.length > 0) throw invalid(group, 'TokenRequest', '', found);
  for (const plugin of admission) await plugin.validate?.(request, object);
  const bound = await boundTo(parts, request, object);
  const now = Math.floor(clock.now() / 1000);
  const extended = bound.pod !== undefined && seconds === projectedSeconds && isForApi(object.spec.audiences);
  const { name, uid, namespace = '' } = account.metadata;
  const token = tokens.sign({
    type: 'bound',
    audiences: object.spec.audiences,
    issuedAt: now,
    notBefore: now,
    expires: now + (extended ? extendedSeconds : seconds),
    id: randomUUID(),
    namespace,
    account: { name, uid },
    ...bound,
    ...(extended && { warnAfter: now + seconds }),
  });
  return { ...object, status: { token, expirationTimestamp: formatTime((now + seconds) * 1000) } };
}

function settleMeta(object: TokenRequest, { name = '', namespace = '' }: ApiRequest): void {
  const meta = metaOf(object);
  const path = new FieldPath('metadata');
  const refuse = (field: 'name' | 'namespace', value: string): never => {
    const why = `must match the service account ${field} if specified`;
    throw invalid(group, 'TokenRequest', name, [faults.invalid(path.child(field), value, why)]);
  };
  if (meta.name && meta.name !== name) refuse('name', meta.name);
  if (meta.namespace && meta.namespace !== namespace) refuse('namespace', meta.namespace);
  meta.name = name;
  meta.namespace = namespace;
}

function audiencesOf({ spec }: TokenRequest): string[] {
  return spec?.audiences?.length ? spec.audiences : [...apiAudiences];
}

function isForApi(audiences: readonly string[]): boolean {
  return audiences.some((audience) => apiAudiences.includes(audience));
}

function lifetimeFaults(seconds: number): FieldError[] {
  const path = new FieldPath('spec').child('expirationSeconds');
  if (seconds < fewestSeconds)
    return [faults.invalid(path, seconds, 'may not specify a duration less than 10 minutes')];
  if (seconds > mostSeconds)
    return [faults.invalid(path, seconds, 'may not specify a duration larger than 2^32 seconds')];
  return [];
}

/** What the token is to be bound to, as it is now. */
async function boundTo(
  parts: RegistryParts,
  { namespace = '', name: account = '' }: ApiRequest,
  { spec }: TokenRequest,
): Promise<Bound> {
  const reference = spec.boundObjectRef;
  if (!reference) return {};
  const { apiVersion = '', kind = '', name = '', uid = '' } = reference;
  const grouped = apiVersion.includes('/');
  const claim = async <T extends KubeObject>(row: Resource<T>, scope: { namespace?: string }) => {
    const found = await parts.reader.get(row, { name, ...scope });
    if (!found) throw notFound(row, name);
    return found;
  };
  if (!grouped && kind === pods.kind) {
    const pod = await claim(pods, { namespace });
    if (pod.spec?.serviceAccountName !== account) {
      const message = `cannot bind token for serviceaccount ${JSON.stringify(account)} to pod running with different serviceaccount name.`;
      throw new ApiError('BadRequest', message);
    }
    checkUid(kind, uid, pod);
    return { pod: claimOf(pod), ...(await nodeOfPod(parts, pod)) };
  }
  if (!grouped && kind === secrets.kind) {
    const secret = await claim(secrets, { namespace });
    checkUid(kind, uid, secret);
    return { secret: claimOf(secret) };
  }
  if (!grouped && kind === nodes.kind) {
    const node = await claim(nodes, {});
    checkUid(kind, uid, node);
    return { node: claimOf(node) };
  }
  const type = `${grouped ? apiVersion : `/${apiVersion}`}, Kind=${kind}`;
  throw new ApiError('BadRequest', `cannot bind token to object of type ${type}`);
}

function checkUid(kind: string, wanted: string, { metadata }: Live): void {
  if (!wanted || wanted === metadata.uid) return;
  const why = `the UID in the bound object reference (${wanted}) does not match the UID in record. The object might have been deleted and then recreated`;
  throw conflict({ group: '', resource: kind }, metadata.name, why);
}

/** Where the pod is, also when that node is not known (any more). */
async function nodeOfPod({ reader }: RegistryParts, { spec }: Live<Pod>): Promise<Bound> {
  const name = spec?.nodeName;
  if (!name) return {};
  const node: Live<Node> | undefined = await reader.get(nodes, { name });
  return { node: node ? claimOf(node) : { name } };
}

function claimOf({ metadata: { name, uid } }: Live): { name: string; uid: string } {
  return { name, uid };
}
