// How a definition may convert its objects between versions.

import {
  dns1035Label,
  type FieldError,
  type FieldPath,
  faults,
  type PemBlock,
  pemBlocks,
} from '../../machinery/index.ts';
import { validateClientConfig } from '../admissionregistration/client-config.ts';
import { isCertificate } from '../certificate-form.ts';
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

function clientFaults({ caBundle, ...config }: WebhookClientConfig, path: FieldPath): FieldError[] {
  const why = caBundle
    ? bundleFault(pemBlocks(Buffer.from(caBundle, 'base64').toString('latin1')))
    : undefined;
  return [
    ...validateClientConfig(config, path),
    ...(why === undefined
      ? []
      : [faults.invalid(path.child('caBundle'), '<snip>', `unable to load root certificates: ${why}`)]),
  ];
}

/** One certificate that can be read is enough. */
function bundleFault(blocks: readonly PemBlock[]): string | undefined {
  if (blocks.length === 0) return 'unable to parse bytes as PEM block';
  const certificates = blocks.filter(({ type, headers }) => type === 'CERTIFICATE' && headers.length === 0);
  if (certificates.length === 0) return 'no valid certificate authority data seen';
  if (certificates.some(({ content }) => isCertificate(content))) return undefined;
  return 'failed to parse certificate: x509: malformed certificate';
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
