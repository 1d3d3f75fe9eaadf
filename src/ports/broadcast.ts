/**
 * Words between processes that may be lost: what agents say as they say it. Nothing that must last goes this way.
 * MUST NOT throw when the carrier is away; what is said then is lost, and listeners hear again once it is back.
 */
export interface Broadcast {
  /** `message` is JSON. Listeners of this process hear it too. */
  publish(topic: string, message: object): void;
  /** Hears `topic` until the returned function is called. Messages of one process come in the order they were said. */
  subscribe(topic: string, listener: (message: unknown) => void): () => void;
}
