// How a definition may convert its objects between versions.

import { dns1035Label, type FieldError, type FieldPath, faults } from '../../machinery/index.ts';
import type { Conversion, WebhookClientConfig } from './definition.ts';

export function conversionFaults(conversion: Conversion | undefined, path: FieldPath): FieldError[] {
  if (!conversion) return [];
  const { strategy, webhook } = conversion;
  const configPath = path.child('webhookClientConfig');
  const versionsPath = path.child('conversionReviewVersions');
  if (!strategy) return [faults.required(path.child('strategy'))];
  if (strategy !== 'Webhook') {
    const unused = 'should not be set when strategy is not set to Webhook';
    return [
      ...(strategy === 'None'
        ? []
        : [faults.notSupported(path.child('strategy'), strategy, ['None', 'Webhook'])]),
      ...(webhook?.clientConfig ? [faults.forbidden(configPath, unused)] : []),
      ...(webhook?.conversionReviewVersions?.length ? [faults.forbidden(versionsPath, unused)] : []),
    ];
  }
  return [
    ...(webhook?.clientConfig
      ? clientFaults(webhook.clientConfig, configPath)
      : [faults.required(configPath, 'required when strategy is set to Webhook')]),
    ...reviewVersionsFaults(webhook?.conversionReviewVersions ?? [], versionsPath),
  ];
}

function clientFaults(config: WebhookClientConfig, path: FieldPath): FieldError[] {
  const { url, service, caBundle } = config;
  const bundle = caBundle && !/-----BEGIN CERTIFICATE-----/.test(Buffer.from(caBundle, 'base64').toString());
  return [
    ...((url === undefined) === (service === undefined)
      ? [faults.required(path, 'exactly one of url or service is required')]
      : url !== undefined
        ? urlFaults(url, path.child('url'))
        : serviceFaults(service, path.child('service'))),
    ...(bundle
      ? [
          faults.invalid(
            path.child('caBundle'),
            '<snip>',
            'unable to load root certificates: unable to parse bytes as PEM block',
          ),
        ]
      : []),
  ];
}

function urlFaults(url: string, path: FieldPath): FieldError[] {
  const form = 'desired format: https://host[:port][/path]';
  if (!URL.canParse(url)) return [faults.required(path, `url must be a valid URL: ${form}`)];
  const { protocol, host, username, search, hash } = new URL(url);
  return [
    ...(protocol === 'https:'
      ? []
      : [faults.invalid(path, protocol.slice(0, -1), `'https' is the only allowed URL scheme; ${form}`)]),
    ...(host ? [] : [faults.invalid(path, host, `host must be specified; ${form}`)]),
    ...(username ? [faults.invalid(path, username, 'user information is not permitted in the URL')] : []),
    ...(hash ? [faults.invalid(path, hash.slice(1), 'fragments are not permitted in the URL')] : []),
    ...(search
      ? [faults.invalid(path, search.slice(1), 'query parameters are not permitted in the URL')]
      : []),
  ];
}

function serviceFaults(service: WebhookClientConfig['service'], path: FieldPath): FieldError[] {
  if (!service) return [];
  const { name, namespace, path: urlPath, port = 443 } = service;
  return [
    ...(name ? [] : [faults.required(path.child('name'), 'service name is required')]),
    ...(namespace ? [] : [faults.required(path.child('namespace'), 'service namespace is required')]),
    ...(port >= 1 && port <= 65535
      ? []
      : [
          faults.invalid(
            path.child('port'),
            port,
            'port is not valid: must be between 1 and 65535, inclusive',
          ),
        ]),
    ...(urlPath && !urlPath.startsWith('/')
      ? [faults.invalid(path.child('path'), urlPath, "must start with a '/'")]
      : []),
  ];
}

function reviewVersionsFaults(versions: readonly string[], path: FieldPath): FieldError[] {
  if (versions.length === 0) return [faults.required(path)];
  const found = versions.flatMap((version, index) => {
    if (versions.indexOf(version) < index)
      return [faults.invalid(path.index(index), version, 'duplicate version')];
    return dns1035Label(version).map((message) => faults.invalid(path.index(index), version, message));
  });
  if (!versions.some((version) => version === 'v1' || version === 'v1beta1'))
    found.push(faults.invalid(path, versions, 'must include at least one of v1, v1beta1'));
  return found;
}
