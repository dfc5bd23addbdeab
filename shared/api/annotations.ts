// Annotations by which parts of Kelp tell each other what the API has no field for.

/** On a pod whose creator named its node, or whose volume is on one: it stays there, whatever becomes of the node. */
export const pinnedAnnotation = 'kelp.dev/pinned';

/** On a node, where several hubs serve the cluster: the one that its agent is connected to. */
export const connectedHubAnnotation = 'kelp.dev/hub';

/** On a pod: -20 to 19, the niceness of its processes (nice(1)). Podman knows none. */
export const niceAnnotation = 'kelp.dev/nice';

/** On a pod whose RuntimeClass has a handler of another name than its own: what is to run it. Boards know no RuntimeClasses. */
export const runtimeHandlerAnnotation = 'kelp.dev/runtime-handler';
