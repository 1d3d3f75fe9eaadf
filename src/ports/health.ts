/** What a part says of itself. `detail` tells a person what is wrong and what to do; it never holds a secret. */
export interface Health {
  ok: boolean;
  detail?: string;
}
