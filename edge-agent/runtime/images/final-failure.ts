/** Trying again in a moment would end the same. */
export class FinalFailure extends Error {}
