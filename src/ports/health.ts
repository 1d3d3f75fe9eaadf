/** A part's health. `detail` tells a person what is wrong and what to do; it never holds a secret. */
export interface Health {
  ok: boolean;
  detail?: string;
}
