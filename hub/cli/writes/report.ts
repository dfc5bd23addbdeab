// What commands that write say of each object: one line, or the object itself with `-o`.

import type { JsonObject } from '../../../shared/machinery/index.ts';
import { qualifiedKind, type ResourceType } from '../discovery/index.ts';
import { textAt } from '../json.ts';
import { listOf, type OutputOptions, parseOutput } from '../printers/output.ts';
import type { Session } from '../session.ts';
import { type DryRun, dryRunSuffix } from './dry-run.ts';

export interface ReportFlags extends OutputOptions {
  output: string;
  dryRun: DryRun;
}

export interface Report {
  /** `deployment.apps/web created`, or the object in the form that `-o` names. */
  done(what: string, type: ResourceType, object: JsonObject): void;
  /** With `-o json` and the like objects are shown whole, whatever was done. */
  readonly showsObjects: boolean;
  /** Shows what was kept until now. */
  end(): void;
}

/**
 * Throws UserError for a form that there is not. `together`: objects are shown as one List at the end, if there are
 * several, as apply does.
 */
export function reportTo(session: Session, flags: ReportFlags, { together = false } = {}): Report {
  const form = flags.output === '' ? undefined : parseOutput(flags.output, flags, false);
  const shown = form?.form === 'objects' ? form : undefined;
  const kept: JsonObject[] = [];
  return {
    showsObjects: shown !== undefined && shown.name !== 'name',
    done(what, type, object) {
      if (!shown) session.write(`${lineOf(type, object)} ${what}${dryRunSuffix(flags.dryRun)}\n`);
      else if (together && shown.name !== 'name') kept.push(object);
      else session.write(shown.print(object));
    },
    end() {
      const [first, second] = kept;
      if (first && shown) session.write(shown.print(second ? listOf(kept) : first));
      kept.length = 0;
    },
  };
}

/** `TYPE/NAME` as messages have it. */
function lineOf(type: ResourceType, object: JsonObject): string {
  return `${qualifiedKind(type)}/${textAt(object, 'metadata', 'name')}`;
}
