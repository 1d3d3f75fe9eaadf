import type { Json } from "./model.js";

/** An answer `{ok: false, error}` of the Web API. */
export class SlackError extends Error {
  override readonly name = "SlackError";
  readonly code: string;
  /** Further members of the answer, such as `needed` and `provided`. */
  readonly extra: Json;

  constructor(code: string, extra: Json = {}) {
    super(code);
    this.code = code;
    this.extra = extra;
  }
}
