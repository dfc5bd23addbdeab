// Where a webhook is: a URL, or a Service of the cluster.

import type { ServiceReference, WebhookClientConfig } from 'kubernetes-types/admissionregistration/v1';
import {
  dns1123Subdomain,
  type FieldError,
  type FieldPath,
  faults,
  portNumber,
} from '../../machinery/index.ts';

const form = '; desired format: https://host[/path]';

export function validateClientConfig({ url, service }: WebhookClientConfig, path: FieldPath): FieldError[] {
  if ((url === undefined) === (service === undefined))
    return [faults.required(path, 'exactly one of url or service is required')];
  if (url !== undefined) return validateWebhookUrl(url, path.child('url'));
  return service ? validateService(service, path.child('service')) : [];
}

/** An https URL without user, query or fragment. */
function validateWebhookUrl(text: string, path: FieldPath): FieldError[] {
  const parts = partsOf(text);
  if (!parts) return [faults.required(path, `url must be a valid URL: ${JSON.stringify(text)}${form}`)];
  const { scheme, user, host, fragment, query } = parts;
  const found: FieldError[] = [];
  if (scheme !== 'https')
    found.push(faults.invalid(path, scheme, `'https' is the only allowed URL scheme${form}`));
  if (!host) found.push(faults.invalid(path, host, `host must be specified${form}`));
  if (user !== undefined)
    found.push(faults.invalid(path, user, 'user information is not permitted in the URL'));
  if (fragment) found.push(faults.invalid(path, fragment, 'fragments are not permitted in the URL'));
  if (query) found.push(faults.invalid(path, query, 'query parameters are not permitted in the URL'));
  return found;
}

interface UrlParts {
  scheme: string;
  user: string | undefined;
  host: string;
  query: string;
  fragment: string;
}

/** As Go's url.Parse takes a URL apart (WHATWG's URL repairs what this must refuse). Undefined: it is none. */
function partsOf(text: string): UrlParts | undefined {
  const match = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/.exec(
    text,
  );
  // Control characters and blanks are in no URL.
  if (!match || [...text].some((character) => character <= ' ' || character === '\u007f')) return undefined;
  const [, scheme = '', authority = '', , query = '', fragment = ''] = match;
  const at = authority.lastIndexOf('@');
  const host = authority.slice(at + 1);
  if (!/^(\[[0-9A-Fa-f:.%]+\]|[^:[\]]*)(:\d*)?$/.test(host)) return undefined;
  return {
    scheme: scheme.toLowerCase(),
    user: at < 0 ? undefined : authority.slice(0, at),
    host,
    query,
    fragment,
  };
}

function validateService({ name, namespace, path: target, port = 443 }: ServiceReference, path: FieldPath) {
  const wrongPort = portNumber(port);
  const found: FieldError[] = [];
  if (!name) found.push(faults.required(path.child('name'), 'service name is required'));
  if (!namespace) found.push(faults.required(path.child('namespace'), 'service namespace is required'));
  if (wrongPort.length > 0)
    found.push(faults.invalid(path.child('port'), port, `port is not valid: ${wrongPort.join(',')}`));
  return target === undefined ? found : [...found, ...validatePath(target, path.child('path'))];
}

function validatePath(target: string, path: FieldPath): FieldError[] {
  if (target === '' || target === '/') return [];
  const found = target.startsWith('/') ? [] : [faults.invalid(path, target, "must start with a '/'")];
  const steps = target.slice(1).replace(/\/$/, '').split('/');
  return [
    ...found,
    ...steps.flatMap((step, index) =>
      step === ''
        ? [faults.invalid(path, target, `segment[${index}] may not be empty`)]
        : dns1123Subdomain(step).map((text) => faults.invalid(path, target, `segment[${index}]: ${text}`)),
    ),
  ];
}
