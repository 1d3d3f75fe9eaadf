import type { Rejection } from "../core/room/rejection.js";

/** The value, or why nothing was done. */
export type Refusable<T> = ({ kind: "done" } & T) | { kind: "refused"; rejection: Rejection };
