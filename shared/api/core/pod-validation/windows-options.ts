// What only containers of Windows have: their accounts, and the right to be a process of the host. Kept, and checked as upstream does.

import type { PodSpec, SecurityContext, WindowsSecurityContextOptions } from 'kubernetes-types/core/v1';
import { type FieldError, type FieldPath, faults } from '../../../machinery/index.ts';
import { subdomain } from './rules.ts';

const longestCredentialSpec = 64 * 1024;
const longest = { domain: 255, user: 104 };

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what may not be there
const controlCharacter = /[\u0000-\u001f\u007f]/;
const netBiosDomain = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/;
const dnsDomain =
  /^[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(\.[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/;
const noUserCharacter = /["/\\:;|=,+*?<>@[\]]/;

export function validateWindowsOptions(
  options: WindowsSecurityContextOptions | undefined,
  path: FieldPath,
): FieldError[] {
  const { gmsaCredentialSpecName: specName, gmsaCredentialSpec: spec, runAsUserName: user } = options ?? {};
  return [
    ...(specName === undefined ? [] : subdomain(specName, path.child('gmsaCredentialSpecName'))),
    ...(spec === undefined ? [] : validateCredentialSpec(spec, path.child('gmsaCredentialSpec'))),
    ...(user === undefined
      ? []
      : userFaults(user).map((text) =>
          faults.invalid(path.child('runAsUserName'), user, `runAsUserName${text}`),
        )),
  ];
}

function validateCredentialSpec(spec: string, path: FieldPath): FieldError[] {
  if (spec === '') return [faults.invalid(path, spec, 'gmsaCredentialSpec cannot be an empty string')];
  if (Buffer.byteLength(spec) <= longestCredentialSpec) return [];
  return [faults.invalid(path, spec, 'gmsaCredentialSpec size must be under 64 KiB')];
}

/** `user` or `domain\user`. */
function userFaults(name: string): string[] {
  if (name === '') return [' cannot be an empty string'];
  if (controlCharacter.test(name)) return [' cannot contain control characters'];
  const parts = name.split('\\');
  if (parts.length > 2) return [' cannot contain more than one backslash'];
  const [user = '', domain] = parts.reverse();
  const tooLong = Buffer.byteLength(user) > longest.user;
  const faulty: [boolean, string][] = [
    [
      Buffer.byteLength(domain ?? '') > longest.domain,
      `'s Domain length must be under ${longest.domain + 1} characters`,
    ],
    [
      domain !== undefined && !netBiosDomain.test(domain) && !dnsDomain.test(domain),
      "'s Domain doesn't match the NetBios nor the DNS format",
    ],
    [user === '', "'s User cannot be empty"],
    [tooLong, `'s User length must not be longer than ${longest.user} characters`],
    [/^[. ]+$/.test(user), "'s User cannot contain only periods or spaces"],
    [noUserCharacter.test(user), '\'s User cannot contain the following characters: "/\\:;|=,+*?<>@[]'],
  ];
  return faulty.flatMap(([wrong, text]) => (wrong ? [text] : []));
}

/** All containers of a pod are processes of the host or none is, and then they are in its network. `path` is the spec's. */
export function validateHostProcess(spec: PodSpec, path: FieldPath): FieldError[] {
  const ofPod = spec.securityContext?.windowsOptions?.hostProcess;
  const containers = contextsOf(spec, path).map(([context, at]) => ({
    own: context?.windowsOptions?.hostProcess,
    at: at.child('securityContext', 'windowsOptions', 'hostProcess'),
  }));
  const detail = `pod hostProcess value must be identical if both are specified, was ${ofPod}`;
  const found = containers.flatMap(({ own, at }) =>
    ofPod === undefined || own === undefined || own === ofPod ? [] : [faults.invalid(at, own, detail)],
  );
  const ofHost = containers.filter(({ own }) => own ?? ofPod).length;
  if (ofHost === 0) return found;
  if (ofHost < containers.length) {
    const all =
      'If pod contains any hostProcess containers then all containers must be HostProcess containers';
    found.push(faults.invalid(path, '', all));
  }
  if (!spec.hostNetwork) {
    const needed = 'hostNetwork must be true if pod contains any hostProcess containers';
    found.push(faults.invalid(path.child('hostNetwork'), false, needed));
  }
  return found;
}

function contextsOf(spec: PodSpec, path: FieldPath): [SecurityContext | undefined, FieldPath][] {
  return (['initContainers', 'containers', 'ephemeralContainers'] as const).flatMap((list) =>
    (spec[list] ?? []).map(({ securityContext }, index): [SecurityContext | undefined, FieldPath] => [
      securityContext,
      path.child(list).index(index),
    ]),
  );
}
