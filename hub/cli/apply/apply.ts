// `kelp apply`: creates what is not there, patches what differs, and says which it was. Merges on the client's side,
// with the configuration that was last applied as the third version, unless `--server-side` is asked for.

import { UserError } from '../../../shared/base/index.ts';
import { ApiError, isRecord, type JsonObject } from '../../../shared/machinery/index.ts';
import { pathOf, qualifiedResource, withQuery } from '../discovery/index.ts';
import { Failures, withSource } from '../failures.ts';
import { textAt } from '../json.ts';
import type { AccessFlags } from '../kubeconfig.ts';
import { type FileFlags, type ManifestObject, readManifests } from '../manifests/index.ts';
import type { Session } from '../session.ts';
import { type DryRun, dryRunQuery } from '../writes/dry-run.ts';
import { lastApplied, lastAppliedAnnotation, withLastApplied } from '../writes/last-applied.ts';
import { type Report, reportTo } from '../writes/report.ts';
import { fieldValidation } from '../writes/validation.ts';
import { patchText, planApplyPatch } from './apply-patch.ts';

export interface ApplyFlags extends AccessFlags, FileFlags {
  kustomize?: string;
  output: string;
  serverSide?: boolean;
  forceConflicts?: boolean;
  fieldManager?: string;
  force?: boolean;
  validate: string;
  dryRun: DryRun;
}

/** Goes on after an object that fails; throws what failed at the end. */
export async function apply(flags: ApplyFlags, session: Session): Promise<void> {
  refuse(flags);
  const validation = fieldValidation(flags.validate);
  const { objects, failures } = await readManifests(flags, session, { validates: validation !== 'Ignore' });
  if (objects.length === 0 && failures.length === 0) throw new UserError('no objects passed to apply');
  const report = reportTo(session, flags, { together: true });
  const applier = new Applier({ flags, session, report });
  for (const object of objects) {
    await applier.apply(object).catch((error: unknown) => failures.push(error));
  }
  report.end();
  Failures.throwIfAny(failures);
}

function refuse(flags: ApplyFlags): void {
  if (flags.kustomize !== undefined)
    throw new UserError("-k is not supported: use 'kustomize build FOLDER | kelp apply -f -'");
  if (!flags.filename) throw new UserError('must specify one of -f and -k');
  if (flags.serverSide && flags.force) throw new UserError('--force cannot be used with --server-side');
  if (flags.forceConflicts && !flags.serverSide)
    throw new UserError('--force-conflicts only works with --server-side');
  if (flags.serverSide && flags.dryRun === 'client')
    throw new UserError(
      "--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)",
    );
}

interface ApplierOptions {
  flags: ApplyFlags;
  session: Session;
  report: Report;
}

class Applier {
  private readonly flags: ApplyFlags;
  private readonly session: Session;
  private readonly report: Report;

  constructor({ flags, session, report }: ApplierOptions) {
    this.flags = flags;
    this.session = session;
    this.report = report;
  }

  async apply(manifest: ManifestObject): Promise<void> {
    if (manifest.name === '') {
      const generated = textAt(manifest.object, 'metadata', 'generateName');
      if (generated) throw new UserError(`from ${generated}: cannot use generate name with apply`);
    }
    if (this.flags.serverSide) return this.applyOnServer(manifest);
    const current = await this.read(manifest);
    if (!current) return this.create(manifest);
    return this.change(manifest, current);
  }

  private async read(manifest: ManifestObject): Promise<JsonObject | undefined> {
    try {
      const found = await this.session.call(pathOf(manifest.type, manifest));
      return isRecord(found) ? found : undefined;
    } catch (error) {
      if (ApiError.is(error, 'NotFound')) return undefined;
      throw withReading(error, manifest);
    }
  }

  private async create(manifest: ManifestObject): Promise<void> {
    const { type, namespace, source } = manifest;
    const object = withLastApplied(manifest.object);
    if (this.flags.dryRun === 'client') return this.report.done('created', type, object);
    const path = withQuery(pathOf(type, { namespace }), this.query());
    const created = await this.session
      .call(path, { method: 'POST', body: object })
      .catch((error: unknown) => Promise.reject(withSource(error, 'creating', source)));
    if (isRecord(created)) this.report.done('created', type, created);
  }

  private async change(manifest: ManifestObject, current: JsonObject): Promise<void> {
    const { type } = manifest;
    this.warn(manifest, current);
    const modified = withLastApplied(manifest.object);
    if (this.flags.dryRun === 'client') return this.report.done('configured', type, current);
    const patch = await planApplyPatch(type, { original: lastApplied(current) ?? {}, modified, current });
    if (Object.keys(patch.body).length === 0) {
      return this.report.done(this.report.showsObjects ? 'configured' : 'unchanged', type, current);
    }
    const path = withQuery(pathOf(type, manifest), this.query());
    const request = { method: 'PATCH', body: patch.body, contentType: patch.contentType } as const;
    const changed = await this.session.call(path, request).catch((error: unknown) => {
      if (this.flags.force && (ApiError.is(error, 'Invalid') || ApiError.is(error, 'Conflict')))
        return this.replace(manifest);
      throw withSource(
        error,
        `applying patch:\n${patchText(patch.body)}\nto:\n${whatItIs(manifest)}\nfor:`,
        manifest.source,
      );
    });
    if (isRecord(changed)) this.report.done('configured', type, changed);
  }

  /** `--force`: what can't be changed is deleted and made anew. */
  private async replace(manifest: ManifestObject): Promise<unknown> {
    const { waitUntilGone } = await import('../delete/wait-until-gone.ts');
    const { type, name, namespace } = manifest;
    const gone = await this.session.call(pathOf(type, manifest), {
      method: 'DELETE',
      body: { kind: 'DeleteOptions', apiVersion: 'v1' },
    });
    await waitUntilGone(this.session, { type, name, namespace, uid: textAt(gone, 'metadata', 'uid') });
    const path = withQuery(pathOf(type, { namespace }), this.query());
    return this.session.call(path, { method: 'POST', body: withLastApplied(manifest.object) });
  }

  private async applyOnServer(manifest: ManifestObject): Promise<void> {
    const { type, object } = manifest;
    const query = { ...this.query('kubectl'), force: this.flags.forceConflicts === true };
    const applied = await this.session.call(withQuery(pathOf(type, manifest), query), {
      method: 'PATCH',
      body: object,
      contentType: 'application/apply-patch+yaml',
    });
    if (isRecord(applied)) this.report.done('serverside-applied', type, applied);
  }

  private query(manager = 'kubectl-client-side-apply') {
    const { flags } = this;
    return {
      fieldManager: flags.fieldManager ?? manager,
      fieldValidation: fieldValidation(flags.validate),
      ...dryRunQuery(flags.dryRun),
    };
  }

  private warn({ type, name }: ManifestObject, current: JsonObject): void {
    const what = `${qualifiedResource({ ...type, group: '' })}/${name}`;
    if (!lastApplied(current)) {
      this.session.warn(
        `resource ${what} is missing the ${lastAppliedAnnotation} annotation which is required by kelp apply. kelp apply should only be used on resources created declaratively by either kelp create --save-config or kelp apply. The missing annotation will be patched automatically.`,
      );
    }
    if (textAt(current, 'metadata', 'deletionTimestamp'))
      this.session.warn(`Detected changes to resource ${name} which is currently being deleted.`);
  }
}

function whatItIs({ type, name, namespace }: ManifestObject): string {
  const version = type.group ? `${type.group}/${type.version}` : `/${type.version}`;
  return (
    `Resource: "${version}, Resource=${type.resource}", GroupVersionKind: "${version}, Kind=${type.kind}"\n` +
    `Name: ${JSON.stringify(name)}, Namespace: ${JSON.stringify(namespace ?? '')}`
  );
}

function withReading(error: unknown, manifest: ManifestObject): unknown {
  if (!(error instanceof ApiError)) return error;
  const message = `error when retrieving current configuration of:\n${whatItIs(manifest)}\nfrom server for: ${JSON.stringify(manifest.source)}: ${error.message}`;
  return new ApiError(error.reason, message, error.details);
}
