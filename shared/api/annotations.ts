// Annotations by which parts of Kelp tell each other what the API has no field for.

/** On a pod whose creator named its node: it was made for that node and stays there, whatever becomes of the node. */
export const pinnedAnnotation = 'kelp.dev/pinned';
