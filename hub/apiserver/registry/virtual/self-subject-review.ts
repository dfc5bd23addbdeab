// create selfsubjectreviews: who am I? (kubectl auth whoami)

import { formatTime } from '../../../../shared/machinery/index.ts';
import type { Handler } from '../outcome.ts';
import { isSpecOf, reviewing } from './review.ts';
import { userStatus } from './token-review.ts';

const review = reviewing(isSpecOf<object>, (_, __, { user }) => ({ status: { userInfo: userStatus(user) } }));

/** Unlike the other reviews this one says when. */
export const reviewSelf: Handler = async (parts, kind, request) => {
  const outcome = await review(parts, kind, request);
  if (outcome.type === 'object') {
    const metadata = { creationTimestamp: formatTime(parts.clock.now()) };
    return { ...outcome, body: { ...outcome.body, metadata } };
  }
  return outcome;
};
