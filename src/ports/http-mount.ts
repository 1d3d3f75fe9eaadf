/** An HTTP endpoint that an adapter serves inside Parley's own server. */
export interface HttpMount {
  path: string;
  /** Maximum body the mount takes, bytes. */
  maxBytes: number;
  handle(request: Request): Promise<Response>;
}
