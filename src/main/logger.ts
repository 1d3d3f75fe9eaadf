import { pino } from "pino";
import type { Config } from "../config.js";
import type { Logger } from "../ports/logger.js";

/** Lines of JSON on standard error; fields that could hold a secret are hidden. */
export function createLogger(config: Config): Logger {
  return pino(
    {
      level: config.logLevel,
      redact: {
        paths: ["token", "secret", "authorization", "*.token", "*.secret", "*.authorization"],
        censor: "[hidden]",
      },
      serializers: { error: pino.stdSerializers.err },
    },
    pino.destination({ dest: 2, sync: false }),
  );
}
