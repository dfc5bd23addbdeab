// The JSON of a stored object, made once for all who are sent it.

/** `JsonTexts` of the API server is one. */
export interface ObjectTexts {
  text(object: unknown): string;
}
