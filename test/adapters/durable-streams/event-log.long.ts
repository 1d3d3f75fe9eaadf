import { describeDurableStreams } from "./contract.js";

describeDurableStreams();
