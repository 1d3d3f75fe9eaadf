import { describeFrozen } from "./claude-code-frozen.js";

/** `PARLEY_TEST_LONG=1 npm test -- claude-code-frozen.long` does the same for 30 s. */
describeFrozen(13);
