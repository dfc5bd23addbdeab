// Which pod and container a stream goes to: what is named, or kubectl's default.

import { UserError } from '../../../shared/base/index.ts';
import { isRecord, type JsonObject } from '../../../shared/machinery/index.ts';
import { listAt, textAt, textsAt } from '../json.ts';
import { podsOf } from '../logs/find-pods.ts';
import type { Session } from '../session.ts';

const defaultAnnotation = 'kubectl.kubernetes.io/default-container';

export interface Place {
  pod: JsonObject;
  /** Its path in the API. */
  path: string;
}

/** `what`: NAME or TYPE/NAME. Throws UserError and ApiError. */
export async function podFor(what: string, session: Session): Promise<Place> {
  const [pod] = await podsOf(what, { selector: '' }, session);
  if (!pod) throw new UserError(`there is no pod ${what}`);
  const phase = textAt(pod, 'status', 'phase');
  const name = textAt(pod, 'metadata', 'name');
  if (phase === 'Succeeded' || phase === 'Failed') {
    throw new UserError(`cannot exec into a container in a completed pod; current phase is ${phase}`);
  }
  const namespace = encodeURIComponent(textAt(pod, 'metadata', 'namespace'));
  return { pod, path: `/api/v1/namespaces/${namespace}/pods/${encodeURIComponent(name)}` };
}

/** `asked`, or the pod's default one; says so where there was a choice. Throws UserError for one that is not there. */
export function containerFor(pod: JsonObject, asked: string, tell: (line: string) => void): JsonObject {
  const ofKind = (field: string) => listAt(pod, 'spec', field).filter(isRecord);
  const main = ofKind('containers');
  const all = [...main, ...ofKind('initContainers'), ...ofKind('ephemeralContainers')];
  const nameOf = (container: JsonObject) => textAt(container, 'name');
  const named = (name: string) => all.find((container) => nameOf(container) === name);
  if (asked) {
    const found = named(asked);
    if (found) return found;
    const names = all.map(nameOf).join(' ');
    throw new UserError(
      `container ${asked} not found in pod ${textAt(pod, 'metadata', 'name')}: it has ${names}`,
    );
  }
  const preferred = named(textsAt(pod, 'metadata', 'annotations')[defaultAnnotation] ?? '') ?? main[0] ?? {};
  if (all.length > 1)
    tell(`Defaulted container "${nameOf(preferred)}" out of: ${all.map(nameOf).join(', ')}`);
  return preferred;
}
