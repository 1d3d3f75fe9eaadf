import { serveReader } from "../kit/gateway/serve-reader.js";
import { readOpenAiCall } from "./read-call.js";

serveReader(readOpenAiCall);
