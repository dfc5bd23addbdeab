// What describes one Kind.

import type { JsonObject } from '../../../shared/machinery/index.ts';
import type { Session } from '../session.ts';
import type { DescribeText } from './describe-text.ts';

/** Writes everything but the events. May read what belongs to the object. */
export type Describer = (text: DescribeText, object: JsonObject, session: Session) => Promise<void>;
