// The Kind VolumeAttachment: a volume is to be attached to a node, or is.

export type { VolumeAttachment } from 'kubernetes-types/storage/v1';

import type { VolumeAttachment, VolumeAttachmentSource, VolumeError } from 'kubernetes-types/storage/v1';
import { type FieldError, FieldPath, faults } from '../../machinery/index.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import { validateVolumeSpec } from '../core/persistent-volume-validation.ts';
import { subdomain } from '../core/pod-validation/rules.ts';
import { immutable } from '../immutable.ts';
import type { Strategy } from '../resource.ts';
import { validateDriverName } from './driver-name.ts';

/** Bytes. */
const longestError = 1024;
const largestMetadata = 256 * 1024;
const spec = new FieldPath('spec');
const status = new FieldPath('status');

export const strategy: Strategy<VolumeAttachment> = {
  schema: 'io.k8s.api.storage.v1.VolumeAttachment',
  needsRevision: true,
  statusKeepsMeta: true,
  default(attachment) {
    attachment.status = { ...attachment.status, attached: attachment.status?.attached ?? false };
  },
  prepareForCreate(attachment) {
    attachment.status = { attached: false };
  },
  prepareForStatusUpdate(next, old) {
    next.spec = old.spec;
  },
  validate: validateAttachment,
  validateUpdate: (next, old) => immutable(next.spec, old.spec, spec),
  validateStatusUpdate: validateStatus,
  columns: [
    nameColumn(),
    {
      ...textColumn<VolumeAttachment>(
        'Attacher',
        'attacher indicates the name of the volume driver that MUST handle this request. This is the name returned by GetPluginName().',
        (attachment) => attachment.spec.attacher,
      ),
      format: 'name',
    },
    textColumn(
      'PV',
      'persistentVolumeName represents the name of the persistent volume to attach.',
      (attachment) => attachment.spec.source.persistentVolumeName ?? '',
    ),
    textColumn(
      'Node',
      'nodeName represents the node that the volume should be attached to.',
      (attachment) => attachment.spec.nodeName,
    ),
    {
      name: 'Attached',
      type: 'boolean',
      format: '',
      description:
        'attached indicates the volume is successfully attached. This field must only be set by the entity completing the attach operation, i.e. the external-attacher.',
      priority: 0,
      cell: (attachment) => attachment.status?.attached ?? false,
    },
    ageColumn(),
  ],
};

function validateAttachment(attachment: VolumeAttachment): FieldError[] {
  const { attacher = '', nodeName = '', source = {} } = attachment.spec ?? {};
  const { persistentVolumeName: volume } = source;
  return [
    ...validateSource(source, spec.child('source')),
    ...subdomain(nodeName, spec.child('nodeName')),
    ...validateStatus(attachment),
    ...validateDriverName(attacher, spec.child('attacher')),
    ...(volume === undefined ? [] : subdomain(volume, spec.child('source', 'persistentVolumeName'))),
  ];
}

function validateSource(source: VolumeAttachmentSource, path: FieldPath): FieldError[] {
  const { inlineVolumeSpec: inline, persistentVolumeName: name } = source;
  const detail = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName';
  if (inline === undefined && name === undefined) return [faults.required(path, detail)];
  if (inline !== undefined && name !== undefined) return [faults.forbidden(path, detail)];
  if (inline) return validateVolumeSpec(inline, path.child('inlineVolumeSpec'), 'inline');
  if (name) return [];
  return [faults.required(path.child('persistentVolumeName'), 'must specify non empty persistentVolumeName')];
}

function validateStatus({ status: state }: VolumeAttachment): FieldError[] {
  const size = Object.entries(state?.attachmentMetadata ?? {}).reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value),
    0,
  );
  return [
    ...(size > largestMetadata ? [faults.tooLong(status.child('attachmentMetadata'), largestMetadata)] : []),
    ...validateError(state?.attachError, status.child('attachError')),
    ...validateError(state?.detachError, status.child('detachError')),
  ];
}

function validateError(error: VolumeError | undefined, path: FieldPath): FieldError[] {
  if (Buffer.byteLength(error?.message ?? '') <= longestError) return [];
  return [faults.tooLong(path.child('message'), longestError)];
}
