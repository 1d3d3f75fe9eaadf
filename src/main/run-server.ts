import type { Config } from "../config.js";
import { PortError } from "../ports/port-error.js";
import { startServer } from "./server.js";
import { stopOnSignals } from "./stop-on-signals.js";

/** Exit code of a server that could not start. */
const exitFailed = 1;

function complain(line: string): void {
  process.stderr.write(`${line}\n`);
}

/**
 * Starts a server (a worker: one without HTTP) that runs until a signal ends it. Ends this process with exit code 1, with the reason on standard error, if it
 * cannot start.
 */
export async function runServer(
  config: Config,
  how: { env: Readonly<Record<string, string | undefined>>; withHttp: boolean },
): Promise<void> {
  try {
    const server = await startServer(config, { ...how, complain, say: (line) => process.stdout.write(`${line}\n`) });
    stopOnSignals(server.stop, { abandon: server.abandon, complain });
  } catch (error) {
    if (!(error instanceof PortError) && !isSystemError(error)) throw error;
    complain(`parley cannot start: ${whyNot(error, config)}`);
    // Connections that were opened by then, as to a database, would keep the process alive.
    process.exit(exitFailed);
  }
}

/** What went wrong and what to do next, for what a machine says in capitals. */
function whyNot(error: Error, { host, port, dataDir }: Config): string {
  const advice: Record<string, string> = {
    EADDRINUSE: `something else listens on ${host}:${port} already. Stop it, or set PARLEY_PORT to another port (0 picks a free one).`,
    EADDRNOTAVAIL: `this machine has no address ${host}. Set PARLEY_HOST to one it has, such as 127.0.0.1.`,
    ENOTFOUND: `the name ${host} cannot be found. Set PARLEY_HOST to an address of this machine, such as 127.0.0.1.`,
    EACCES: `this user may not use ${dataDir} or port ${port} (${error.message}). Set PARLEY_DATA_DIR or PARLEY_PORT to what it may use.`,
    EEXIST: `${dataDir} is a file. Set PARLEY_DATA_DIR to a folder.`,
  };
  return (isSystemError(error) && advice[error.code ?? ""]) || error.message;
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error;
}
