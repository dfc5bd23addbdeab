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
  const why = malformation(text);
  if (why !== undefined) {
    const detail = `url must be a valid URL: parse ${JSON.stringify(text)}: ${why}${form}`;
    return [faults.required(path, detail)];
  }
  const { scheme, user, host, fragment, query } = partsOf(text);
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
  place: string;
  query: string;
  fragment: string;
}

/** As Go's url.Parse takes a URL apart (WHATWG's URL repairs what this must refuse). */
function partsOf(text: string): UrlParts {
  const form = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s;
  const [, scheme = '', authority = '', place = '', query = '', fragment = ''] = form.exec(text) ?? [];
  const at = authority.lastIndexOf('@');
  const user = at < 0 ? undefined : authority.slice(0, at);
  return { scheme: scheme.toLowerCase(), user, host: authority.slice(at + 1), place, query, fragment };
}

/** Why it is no URL, in the words of Go. */
function malformation(text: string): string | undefined {
  if ([...text].some((character) => character < ' ' || character === '\u007f'))
    return 'net/url: invalid control character in URL';
  const { scheme, user = '', host, place, fragment } = partsOf(text);
  if (text.startsWith(':')) return 'missing protocol scheme';
  if (!scheme && !text.startsWith('/') && /^[^/]*:/.test(place))
    return 'first path segment in URL cannot contain colon';
  const [broken] = /%(?![0-9A-Fa-f]{2}).{0,2}/.exec([user, host, place, fragment].join(' ')) ?? [];
  if (broken !== undefined) return `invalid URL escape ${JSON.stringify(broken)}`;
  const [strange] = /[ \\^`{|}]/.exec(host) ?? [];
  if (strange !== undefined) return `invalid character ${JSON.stringify(strange)} in host name`;
  if (host.startsWith('[') && !host.includes(']')) return "missing ']' in host";
  const colon = host.lastIndexOf(':');
  const afterName = colon < 0 ? '' : host.slice(colon);
  const port = host.startsWith('[') ? host.slice(host.lastIndexOf(']') + 1) : afterName;
  if (!/^(:\d*)?$/.test(port)) return `invalid port ${JSON.stringify(port)} after host`;
  return undefined;
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
