// The query parameters of operations, in the words of upstream's API.

import type { QueryParameter } from './document.ts';

function text(name: string, description: string): QueryParameter {
  return { name, type: 'string', description };
}

const dryRun = text(
  'dryRun',
  'When present, indicates that modifications should not be persisted. An invalid or unrecognized dryRun directive will result in an error response and no further processing of the request. Valid values are: - All: all dry run stages will be processed',
);
const fieldManager = text(
  'fieldManager',
  'fieldManager is a name associated with the actor or entity that is making these changes. The value must be less than or 128 characters long, and only contain printable characters, as defined by https://golang.org/pkg/unicode/#IsPrint.',
);
const fieldValidation = text(
  'fieldValidation',
  'fieldValidation instructs the server on how to handle objects in the request (POST/PUT/PATCH) containing unknown or duplicate fields. Valid values are: - Ignore: This will ignore any unknown fields that are silently dropped from the object, and will ignore all but the last duplicate field that the decoder encounters. - Warn: This will send a warning via the standard warning response header for each unknown field that is dropped from the object, and for each duplicate field that is encountered. - Strict: This will fail the request with a BadRequest error if any unknown fields would be dropped from the object, or if any duplicate fields are present.',
);
const gracePeriodSeconds: QueryParameter = {
  name: 'gracePeriodSeconds',
  type: 'integer',
  description:
    'The duration in seconds before the object should be deleted. Value must be non-negative integer. The value zero indicates delete immediately. If this value is nil, the default grace period for the specified type will be used.',
};
const propagationPolicy = text(
  'propagationPolicy',
  "Whether and how garbage collection will be performed. Acceptable values are: 'Orphan' - orphan the dependents; 'Background' - allow the garbage collector to delete the dependents in the background; 'Foreground' - a cascading policy that deletes all dependents in the foreground.",
);
const labelSelector = text(
  'labelSelector',
  'A selector to restrict the list of returned objects by their labels. Defaults to everything.',
);
const fieldSelector = text(
  'fieldSelector',
  'A selector to restrict the list of returned objects by their fields. Defaults to everything.',
);
const resourceVersion = text(
  'resourceVersion',
  'resourceVersion sets a constraint on what resource versions a request may be served from. See https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions for details. Defaults to unset',
);
const resourceVersionMatch = text(
  'resourceVersionMatch',
  'resourceVersionMatch determines how resourceVersion is applied to list calls. See https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions for details. Defaults to unset',
);

export const writeParameters = [dryRun, fieldManager, fieldValidation];
export const patchParameters: readonly QueryParameter[] = [
  ...writeParameters,
  {
    name: 'force',
    type: 'boolean',
    description:
      'Force is going to "force" Apply requests. It means user will re-acquire conflicting fields owned by other people. Force flag must be unset for non-apply patch requests.',
  },
];
export const deleteParameters = [dryRun, gracePeriodSeconds, propagationPolicy];
export const deleteCollectionParameters = [
  dryRun,
  fieldSelector,
  gracePeriodSeconds,
  labelSelector,
  propagationPolicy,
  resourceVersion,
  resourceVersionMatch,
];
export const listParameters: readonly QueryParameter[] = [
  {
    name: 'allowWatchBookmarks',
    type: 'boolean',
    description: 'allowWatchBookmarks requests watch events with type "BOOKMARK".',
  },
  text(
    'continue',
    'The continue option should be set when retrieving more results from the server, with the token that the last answer gave.',
  ),
  fieldSelector,
  labelSelector,
  {
    name: 'limit',
    type: 'integer',
    description: 'limit is a maximum number of responses to return for a list call.',
  },
  resourceVersion,
  resourceVersionMatch,
  {
    name: 'timeoutSeconds',
    type: 'integer',
    description:
      'Timeout for the list/watch call. This limits the duration of the call, regardless of any activity or inactivity.',
  },
  {
    name: 'watch',
    type: 'boolean',
    description:
      'Watch for changes to the described resources and return them as a stream of add, update, and remove notifications. Specify resourceVersion.',
  },
];
export const logParameters: readonly QueryParameter[] = [
  text(
    'container',
    'The container for which to stream logs. Defaults to only container if there is one container in the pod.',
  ),
  { name: 'follow', type: 'boolean', description: 'Follow the log stream of the pod. Defaults to false.' },
  {
    name: 'limitBytes',
    type: 'integer',
    description: 'If set, the number of bytes to read from the server before terminating the log output.',
  },
  {
    name: 'previous',
    type: 'boolean',
    description: 'Return previous terminated container logs. Defaults to false.',
  },
  {
    name: 'sinceSeconds',
    type: 'integer',
    description: 'A relative time in seconds before the current time from which to show logs.',
  },
  {
    name: 'tailLines',
    type: 'integer',
    description: 'If set, the number of lines from the end of the logs to show.',
  },
  {
    name: 'timestamps',
    type: 'boolean',
    description:
      'If true, add an RFC3339 timestamp at the beginning of every line of log output. Defaults to false.',
  },
];
