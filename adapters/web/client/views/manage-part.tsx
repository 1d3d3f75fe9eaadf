import type { ComponentChildren } from "preact";
import type { Result } from "../problem.js";

/** Runs the action and shows its outcome below. Returns whether it worked. */
export type Act = (doing: Promise<Result<unknown>>, done: string) => Promise<boolean>;

export function Part({ heading, children }: { heading: string; children: ComponentChildren }) {
  return (
    <section class="part" aria-label={heading}>
      <h3>{heading}</h3>
      {children}
    </section>
  );
}
