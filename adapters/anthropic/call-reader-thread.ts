import { serveReader } from "../kit/gateway/serve-reader.js";
import { readCall } from "./read-call.js";

serveReader((body, { allowed }) => readCall(body, allowed));
