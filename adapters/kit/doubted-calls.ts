import { ChatError, type ChatErrorCode } from "../../src/ports/chat-error.js";
import type { SignInWatch } from "./sign-in-watch.js";

/** Runs a call to a chat platform and passes on how it ends. */
export type DoubtedCalls = <T>(run: () => Promise<T>) => Promise<T>;

/** Wraps calls so that a failure with one of `codes` makes `watch` check the token again soon. */
export function createDoubtedCalls(watch: Pick<SignInWatch, "doubt">, codes: readonly ChatErrorCode[]): DoubtedCalls {
  return async (run) => {
    try {
      return await run();
    } catch (error) {
      if (error instanceof ChatError && codes.includes(error.code)) watch.doubt();
      throw error;
    }
  };
}
