// What the agent and its process in a network namespace say to each other.

export interface DialRequest {
  id: number;
  port: number;
}

/** Comes with the socket, unless there is a fault. */
export interface DialAnswer {
  id: number;
  fault?: string;
}

export const dialTimeoutMs = 10_000;
