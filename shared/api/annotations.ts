// Annotations by which parts of Kelp tell each other what the API has no field for.

/** On a pod: the scheduler that chose its node. A pod with a node but without this was made for that node: it stays there. */
export const scheduledByAnnotation = 'kelp.dev/scheduled-by';
