import { describeFrozen } from "./claude-code-frozen.js";

describeFrozen(30);
